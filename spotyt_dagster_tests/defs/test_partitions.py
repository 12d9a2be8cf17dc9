"""Batches are those of the table and its files, whatever keys the Dagster instance knows."""

import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow.parquet as pq
import pytest

from spotyt_dagster.cli.run import run_crawl
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.stored_tables import arrow_table
from spotyt_dagster.sample.tracks import write_sample_csv
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.spotify import artists_table
from spotyt_dagster.sources.youtube import channels_table, videos_table
from spotyt_dagster_tests.defs.pipeline import Pipeline, failure_messages
from spotyt_dagster_tests.defs.test_analysis import TABLES
from spotyt_dagster_tests.tables.conftest import read, unread

CRAWL = ("youtube_videos", "youtube_channels", "spotify_artists")
#: Of the 300 or so official tracks: two batches, where the other storage has three.
LARGER_BATCH = 200


@pytest.fixture
def crawled(ingested: Pipeline) -> Pipeline:
    assert all(result.success for result in ingested.crawl_all())
    return ingested


@pytest.fixture
def new_home() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as one:
        yield one


def features(pipeline: Pipeline) -> pd.DataFrame:
    assert pipeline.run("analysis", only=TABLES).success
    return pipeline.table("tables/track_features")


def test_an_ingest_of_another_storage_takes_no_batch_from_this_one(
    crawled: Pipeline, settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
):
    before = features(crawled)
    elsewhere = settings.model_copy(
        update={"storage": str(tmp_path / "other"), "batch_rows": LARGER_BATCH}
    )
    other = Pipeline(elsewhere, instance)
    assert other.run("ingest").success
    assert other.table("ingest/crawl_batches")["batch"].nunique() == 2
    pd.testing.assert_frame_equal(features(crawled), before)
    assert crawled.run("crawl", "batch-0003").success


def test_a_new_instance_over_a_complete_storage_makes_the_same_tables(
    crawled: Pipeline, settings: Settings, new_home: dg.DagsterInstance
):
    before = features(crawled)
    pd.testing.assert_frame_equal(features(Pipeline(settings, new_home)), before)


def test_a_new_instance_over_a_complete_storage_can_crawl(
    crawled: Pipeline, settings: Settings, new_home: dg.DagsterInstance
):
    del crawled
    outcome = run_crawl(settings, new_home, logging.NullHandler(), print, ["batch-0002"])
    assert outcome.failures == []
    assert new_home.get_dynamic_partitions(CRAWL_BATCH) == ["batch-0002"]


@pytest.mark.parametrize("asset", CRAWL)
def test_a_batch_that_the_table_does_not_list_fails_by_its_name(asset: str, crawled: Pipeline):
    crawled.instance.add_dynamic_partitions(CRAWL_BATCH, ["batch-0099"])
    # youtube_channels reads the batch's videos, which a table of smaller batches may have left.
    videos = Path(crawled.settings.storage, "crawl/youtube_videos")
    (videos / "batch-0099.parquet").write_bytes((videos / "batch-0001.parquet").read_bytes())
    result = crawled.run("crawl", "batch-0099", only=[f"crawl/{asset}"])
    assert not result.success
    told = failure_messages(result)
    assert (
        "no batch batch-0099 in ingest/crawl_batches, which lists batch-0001 to batch-0003" in told
    )


def test_files_of_batches_that_the_table_does_not_list_feed_no_table(
    crawled: Pipeline, settings: Settings, instance: dg.DagsterInstance
):
    fewer = Pipeline(settings.model_copy(update={"batch_rows": LARGER_BATCH}), instance)
    assert fewer.run("ingest").success
    third = set(crawled.table("crawl/youtube_videos/batch-0003")["video_id"])
    others = [crawled.table(f"crawl/youtube_videos/batch-000{n}") for n in (1, 2)]
    alone = third - set(pd.concat(others)["video_id"])
    assert alone
    fewer.run("analysis", only=TABLES)
    joined = fewer.table("tables/crawled_tracks").set_index("video_id")
    assert joined.loc[sorted(alone), "fetched_at"].isna().all()


def test_channels_are_those_of_the_batch_although_its_file_of_videos_is_of_other_batches(
    crawled: Pipeline, settings: Settings
):
    fewer = Pipeline(settings.model_copy(update={"batch_rows": LARGER_BATCH}), crawled.instance)
    assert fewer.run("ingest").success
    assert fewer.run("crawl", "batch-0002", only=["crawl/youtube_channels"]).success
    batches = fewer.table("ingest/crawl_batches").query("batch == 'batch-0002'")
    videos = fewer.table("crawl/youtube_videos/batch-0002")
    own = videos[videos["video_id"].isin(batches["video_id"])]
    assert 0 < len(own) < len(videos)
    channels = fewer.table("crawl/youtube_channels/batch-0002")
    assert set(channels["channelId"]) == set(own["channelId"].dropna())


def test_no_batch_at_all_makes_empty_tables(crawled: Pipeline):
    # As a table without an official track left it before that was refused.
    for name in ("official_tracks", "crawl_batches"):
        path = Path(crawled.settings.storage, f"ingest/{name}.parquet")
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    assert features(crawled).empty
    assert crawled.table("tables/crawl_errors").empty


def test_a_table_without_an_official_track_is_refused_in_one_sentence(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
):
    raw = tmp_path / "no_official.csv"
    table = pd.read_csv(settings.raw, dtype="str", keep_default_na=False)
    table.assign(official_video="False").to_csv(raw, index=False)
    pipeline = Pipeline(settings.model_copy(update={"raw": str(raw)}), instance)
    (told,) = failure_messages(pipeline.run("ingest")).splitlines()
    assert "there is no track to study" in told
    assert pipeline.batches() == []


def test_an_input_that_is_not_there_yet_is_named_in_one_sentence(pipeline: Pipeline):
    result = pipeline.run("analysis", only=["tables/clean_tracks"])
    (told,) = failure_messages(result).splitlines()
    assert "tables/crawled_tracks.parquet yet: materialize tables/crawled_tracks first" in told


@pytest.mark.parametrize("asset", ["tables/crawled_tracks", "crawl/youtube_videos/batch-0002"])
def test_a_damaged_file_is_named_with_what_to_do(asset: str, crawled: Pipeline):
    features(crawled)
    damaged = Path(crawled.settings.storage, f"{asset}.parquet")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    reader = "clean_tracks" if asset.startswith("tables") else "crawled_tracks"
    (told,) = failure_messages(crawled.run("analysis", only=[f"tables/{reader}"])).splitlines()
    assert damaged.name in told
    assert "is damaged" in told
    assert "materialize" in told


def store(storage: str, asset: str, batch: str, table: pd.DataFrame) -> None:
    path = Path(storage, "crawl", asset, f"{batch}.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(arrow_table(table), path)


def test_a_thousand_batches_are_joined_and_each_gives_its_numbers(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
):
    raw = tmp_path / "small.csv"
    write_sample_csv(raw, seed=7, rows=1_500)
    one_row = settings.model_copy(update={"raw": str(raw), "batch_rows": 1})
    pipeline = Pipeline(one_row, instance)
    assert pipeline.run("ingest").success
    batches = pipeline.table("ingest/crawl_batches")
    assert len(batches) > 1_000
    for place, (id_, batch) in enumerate(
        zip(batches["video_id"].tolist(), batches["batch"].tolist(), strict=True)
    ):
        video = read(id_, views=place) if place % 10 else unread(id_, "error")
        store(one_row.storage, "youtube_videos", batch, videos_table([video], "sandbox"))
        store(one_row.storage, "youtube_channels", batch, channels_table((), "sandbox"))
        store(one_row.storage, "spotify_artists", batch, artists_table((), "sandbox"))
    assert pipeline.run("analysis", only=["tables/crawled_tracks", "tables/crawl_errors"]).success
    joined = pipeline.table("tables/crawled_tracks")
    assert joined["fetched_at"].notna().all()
    # A video of several tracks has the same number in all of them, one of its batches'.
    single = ~joined["video_id"].duplicated(keep=False)
    expected = [place if place % 10 else None for place in range(len(joined))]
    told = joined["viewCount"].astype("Int64")
    assert told[single].tolist() == pd.Series(expected, dtype="Int64")[single].tolist()
    unanswered = {batches["video_id"][place] for place in range(0, len(batches), 10)}
    answered = {v for place, v in enumerate(batches["video_id"]) if place % 10}
    errors = pipeline.table("tables/crawl_errors")
    assert set(errors["entity_id"]) == unanswered - answered
