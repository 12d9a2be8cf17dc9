"""The crawl as Dagster runs it: partitions, quota, and what is left when a day ends."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from spotyt_dagster.defs.resources import api_clients
from spotyt_dagster.sandbox.server import SANDBOX_KEY, SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.settings import Settings
from spotyt_dagster_tests.defs.pipeline import (
    Pipeline,
    failure_messages,
    observations,
)
from spotyt_dagster_tests.live import HOSTS, LiveOnLoopback

NEXT_DAY = "2026-11-26T20:00:00+00:00"


def changed(settings: Settings, **values: object) -> Settings:
    return Settings.model_validate(settings.model_dump() | values)


def units_used(pipeline: Pipeline) -> int:
    apis = api_clients(pipeline.settings)
    youtube, _ = apis.buckets()
    with apis.open_ledger() as store:
        return store.ledger.usage(youtube).used


def test_every_batch_leaves_its_three_tables(ingested: Pipeline):
    assert all(result.success for result in ingested.crawl_all())
    assert ingested.crawled_batches() == set(ingested.batches())
    batches = ingested.table("ingest/crawl_batches").groupby("batch")
    for batch, tracks in batches:
        videos = ingested.table(f"crawl/youtube_videos/{batch}")
        assert set(videos["video_id"]) == set(tracks["video_id"])
        artists = ingested.table(f"crawl/spotify_artists/{batch}")
        assert set(artists["artist_id"]) == set(tracks["artist_id"])
        channels = ingested.table(f"crawl/youtube_channels/{batch}")
        assert set(channels["channelId"]) == set(videos["channelId"].dropna())


def test_a_second_crawl_of_the_day_costs_nothing(ingested: Pipeline):
    ingested.crawl_all()
    once = units_used(ingested)
    ingested.crawl_all()
    assert units_used(ingested) == once


@pytest.mark.usefixtures("ingested")
def test_when_quota_ends_the_run_succeeds_the_partition_missing_and_an_observation_says_when(
    settings: Settings, instance: dg.DagsterInstance
):
    poor = Pipeline(changed(settings, youtube_daily_units=2), instance)
    result = poor.run("crawl", "batch-0001")
    assert result.success
    assert poor.crawled_batches() == set()
    (seen,) = observations(result)
    assert seen.metadata["pages asked"].value == 2
    assert seen.metadata["pages in all"].value == 3
    assert seen.metadata["resumes at"].value == datetime(2026, 11, 26, 8, tzinfo=UTC).timestamp()
    assert "resumes at 2026-11-26 08:00 UTC" in str(seen.description)
    assert units_used(poor) == 2


@pytest.mark.usefixtures("ingested")
def test_a_batch_that_costs_more_than_a_day_goes_on_where_quota_stopped_it(
    settings: Settings, instance: dg.DagsterInstance
):
    day, poor = 0, Pipeline(settings, instance)
    for day in range(25, 30):
        today = changed(settings, youtube_daily_units=4, now=f"2026-11-{day}T20:00:00+00:00")
        poor = Pipeline(today, instance)
        assert all(poor.run("crawl", batch).success for batch in still_missing(poor))
        assert units_used(poor) <= 4
        if not still_missing(poor):
            break
    assert day > 25
    assert not still_missing(poor)


def still_missing(pipeline: Pipeline) -> list[str]:
    return [one for one in pipeline.batches() if one not in pipeline.crawled_batches()]


@pytest.fixture
def live(ingested: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The live services' addresses lead to a sandbox, which knows its own keys only."""
    with (
        SandboxServer(World(ingested.table("ingest/raw_tracks"), 42)) as server,
        LiveOnLoopback(server.url, tmp_path) as live,
    ):
        for name, value in live.environment.items():
            monkeypatch.setenv(name, value)
        yield live


def with_keys(monkeypatch: pytest.MonkeyPatch, key: str, secret: str) -> None:
    monkeypatch.setenv("SPOTYT_YOUTUBE_API_KEY", key)
    monkeypatch.setenv("SPOTYT_SPOTIFY_CLIENT_ID", "sandbox-client")
    monkeypatch.setenv("SPOTYT_SPOTIFY_CLIENT_SECRET", secret)


def test_with_keys_the_live_services_are_crawled_over_https_at_their_own_addresses(
    settings: Settings,
    instance: dg.DagsterInstance,
    live: LiveOnLoopback,
    monkeypatch: pytest.MonkeyPatch,
):
    with_keys(monkeypatch, SANDBOX_KEY, "sandbox-secret")
    crawled = Pipeline(changed(settings, api="live", now=None), instance)
    assert crawled.run("crawl", "batch-0001").success
    assert set(live.asked) == {f"{host}:443" for host in HOSTS}
    assert set(crawled.table("crawl/youtube_videos/batch-0001")["api"]) == {"live"}


@pytest.mark.parametrize("field", ["youtube_url", "spotify_url", "accounts_url"])
def test_no_runs_config_leads_the_keys_elsewhere(ingested: Pipeline, field: str):
    elsewhere = {"resources": {"apis": {"config": {field: "http://127.0.0.1:9"}}}}
    with pytest.raises(dg.DagsterInvalidConfigError, match=field):
        ingested.run("crawl", "batch-0001", config=elsewhere)


@pytest.mark.usefixtures("live")
def test_a_wrong_key_fails_the_run_with_the_setting_to_mend(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    with_keys(monkeypatch, "a-wrong-key", "a-wrong-secret")
    result = Pipeline(changed(settings, api="live", now=None), instance).run("crawl", "batch-0001")
    assert not result.success
    told = failure_messages(result)
    assert "SPOTYT_YOUTUBE_API_KEY" in told
    assert "SPOTYT_SPOTIFY_CLIENT_SECRET" in told
    assert "a-wrong-key" not in told
    assert "a-wrong-secret" not in told


@pytest.mark.usefixtures("ingested")
def test_a_missing_key_fails_a_live_run_before_anything_is_sent(
    settings: Settings, instance: dg.DagsterInstance
):
    result = Pipeline(changed(settings, api="live", now=None), instance).run("crawl", "batch-0001")
    assert not result.success
    assert "SPOTYT_YOUTUBE_API_KEY" in failure_messages(result)


@pytest.mark.usefixtures("ingested")
def test_the_sandbox_says_that_it_needs_the_raw_tracks(
    settings: Settings, instance: dg.DagsterInstance
):
    elsewhere = changed(settings, storage=settings.storage + "-empty")
    result = Pipeline(settings, instance, {"apis": api_clients(elsewhere)}).run(
        "crawl", "batch-0001"
    )
    assert "ingest/raw_tracks" in failure_messages(result)


@pytest.mark.usefixtures("ingested")
def test_without_extended_quota_popularity_is_missing_for_a_stated_reason(
    settings: Settings, instance: dg.DagsterInstance
):
    tier = Pipeline(changed(settings, sandbox_tier="development"), instance)
    assert tier.run("crawl", "batch-0001").success
    artists = tier.table("crawl/spotify_artists/batch-0001")
    assert artists["spotifyPopularity"].isna().all()
    assert set(artists["missing_reason"]) <= {"not_provided_by_tier", "not_found"}
