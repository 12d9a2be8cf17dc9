"""What a crawl makes of each fault, and that a healthy service restores its tables the same day.

Every call goes over a real connection to the sandbox. After each crawl a second one, on the same
day and over the same ledger, meets no fault.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.exceptions import (
    ApiAccessError,
    SourceUnavailableError,
    UserError,
)
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SANDBOX_CREDENTIALS, SANDBOX_KEY, SandboxServer
from spotyt_dagster.sandbox.spotify_api import Tier
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.sources.crawl import chunked, crawl
from spotyt_dagster.sources.crawl_store import CrawlStore, open_store
from spotyt_dagster.sources.entities import ENTITY_TYPES
from spotyt_dagster.sources.entity_type import MAX_IDS_PER_REQUEST
from spotyt_dagster.sources.http import RetryPolicy
from spotyt_dagster.sources.session import Limits, new_session
from spotyt_dagster.sources.spotify import SPOTIFY, Spotify
from spotyt_dagster.sources.youtube import YOUTUBE, YouTube
from spotyt_dagster_tests.sandbox.small_table import SetClock, raw_table
from spotyt_dagster_tests.sources.fault_list import CASES, Case

#: Two tries: a fault of one call passes, one of every call is soon given up.
RETRIES = RetryPolicy(max_attempts=2, initial_backoff=0.01)
#: A size that no honest answer of this small world reaches.
LIMITS = Limits(body_bytes=2**20)
#: A deadline that the honest answers of a busy machine keep, where one has to pass.
SHORT = Limits(whole=1.5, body_bytes=2**20)
WITHOUT_END = {Fault.DRIPPING_BODY, Fault.DRIPPING_HEADERS}

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Outcome:
    """What came of a crawl.

    Attributes:
        tables: by entity type, of the crawls that ended.
        errors: by entity type, of the others.
        known: by entity type, the ids about which the store holds a fact.
        calls: by endpoint, as the server counted them.
        units: of YouTube's quota, as the server and as the ledger counted them.
    """

    tables: Tables
    errors: dict[str, UserError]
    known: dict[str, set[str]]
    calls: dict[str, int]
    units: tuple[int, int]


@pytest.fixture(scope="module")
def world() -> World:
    """Of 120 videos: three pages of them, one each of channels and artists."""
    return World(raw_table(artists=12), seed=42)


@pytest.fixture(scope="module")
def ids(world: World) -> dict[str, list[str]]:
    """What is crawled of the world, by entity type."""
    day = SetClock()().date()
    videos = [video for id_ in world.video_ids if (video := world.video(id_, day))]
    return {
        "video": list(world.video_ids),
        "channel": list(dict.fromkeys(video.channel_id for video in videos)),
        "artist": list(world.artist_ids),
    }


@pytest.fixture(scope="module")
def undisturbed(
    world: World, ids: dict[str, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> dict[Tier, Tables]:
    """The tables of a healthy service, by Spotify's tier."""

    def tables(tier: Tier) -> Tables:
        clock = SetClock()
        url = f"sqlite:///{tmp_path_factory.mktemp('undisturbed')}/crawl.db"
        with (
            SandboxServer(world, clock, tier=tier) as server,
            open_store(url, "sandbox", clock) as store,
        ):
            outcome = crawl_all(ids, server, store, LIMITS)
        assert outcome.errors == {}
        return outcome.tables

    return {"extended": tables("extended"), "development": tables("development")}


def crawl_all(
    ids: dict[str, list[str]], server: SandboxServer, store: CrawlStore, limits: Limits
) -> Outcome:
    """Crawl videos, channels and artists, each whatever became of the others."""
    ((client, secret),) = SANDBOX_CREDENTIALS.items()
    tables: Tables = {}
    errors: dict[str, UserError] = {}
    with new_session(4, limits) as session:
        youtube = YouTube(f"{server.url}/youtube/v3", SANDBOX_KEY, 10_000, session, store, RETRIES)
        spotify = Spotify(server.url, server.url, client, secret, session, store, RETRIES)
        clients = {YOUTUBE: youtube, SPOTIFY: spotify}
        for one in ENTITY_TYPES:
            try:
                done = crawl(one, ids[one.name], partial(one.fetch, clients[one.service]), store, 4)
                tables[one.name] = one.to_table(done.records, "sandbox")
            except UserError as error:
                errors[one.name] = error
    stats = server.stats()
    return Outcome(
        tables,
        errors,
        {name: set(store.cached(name, of_type)) for name, of_type in ids.items()},
        stats["calls"],
        (stats["units_today"]["default"], store.ledger.usage(youtube.bucket).used),
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_has_its_right_outcome_and_a_healthy_service_the_undisturbed_tables(
    case: Case,
    world: World,
    ids: dict[str, list[str]],
    undisturbed: dict[Tier, Tables],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    clock, right = SetClock(), undisturbed[case.tier]
    with (
        SandboxServer(world, clock, tier=case.tier, faults=case.faults) as server,
        open_store(f"sqlite:///{tmp_path}/crawl.db", "sandbox", clock) as store,
    ):
        with monkeypatch.context() as environment:
            for name, value in case.environment(tmp_path).items():
                environment.setenv(name, value)
            outcome = crawl_all(ids, server, store, SHORT if case.fault in WITHOUT_END else LIMITS)
        server.inject(Faults())
        healthy = crawl_all(ids, server, store, LIMITS)
        assert not any(server.stats()["repeated_ids"].values())

    _CHECKS[case.right](case, outcome, right)
    for entity_type in ids.keys() - {case.entity_type}:
        assert_same(outcome.tables[entity_type], right[entity_type])
    for counted in (outcome.units, healthy.units):
        assert counted[0] == counted[1]
    assert healthy.errors == {}
    for entity_type, table in right.items():
        assert_same(healthy.tables[entity_type], table)


def assert_same(table: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal to the byte of the file that is made of it; where they differ, pandas says in what."""
    if table.to_parquet(None) != expected.to_parquet(None):
        pd.testing.assert_frame_equal(table, expected, check_exact=True)
        pytest.fail("the tables are equal, the files made of them are not")


def needed_calls(case: Case, right: Tables) -> int:
    """Calls that a healthy endpoint needs."""
    if case.endpoint == "token":
        return 1
    entities = right[case.entity_type]
    return (
        len(entities)
        if case.endpoint == "artist"
        else len(chunked(entities.iloc[:, 0], MAX_IDS_PER_REQUEST))
    )


def is_undisturbed(case: Case, outcome: Outcome, right: Tables) -> None:
    assert outcome.errors == {}
    assert_same(outcome.tables[case.entity_type], right[case.entity_type])
    assert outcome.calls[case.endpoint] == needed_calls(case, right) + case.once


def fails(case: Case, outcome: Outcome, right: Tables) -> None:
    assert isinstance(outcome.errors[case.entity_type], SourceUnavailableError)
    assert outcome.known[case.entity_type] == set()
    assert 1 <= outcome.calls[case.endpoint] <= needed_calls(case, right) * RETRIES.max_attempts


def is_refused(case: Case, outcome: Outcome, _: Tables) -> None:
    assert isinstance(outcome.errors[case.entity_type], ApiAccessError)
    assert "SPOTYT_SPOTIFY_CLIENT_ID" in str(outcome.errors[case.entity_type])
    assert outcome.known[case.entity_type] == set()
    assert outcome.calls[case.endpoint] == 1


def has_one_error_a_page(case: Case, outcome: Outcome, right: Tables) -> None:
    table, expected = outcome.tables[case.entity_type], right[case.entity_type]
    id_column = table.columns[0]
    in_error = table["missing_reason"].eq("error").fillna(False).astype(bool)
    assert in_error.sum() == needed_calls(case, right)
    values = table.columns.difference([id_column, "missing_reason", "fetched_at", "api"])
    assert table.loc[in_error, values].isna().all(axis=None)
    pd.testing.assert_frame_equal(table[~in_error], expected[~in_error], check_exact=True)
    assert outcome.known[case.entity_type] == set(table.loc[~in_error, id_column])
    assert outcome.calls[case.endpoint] == needed_calls(case, right)


_CHECKS: dict[str, Callable[[Case, Outcome, Tables], None]] = {
    "undisturbed": is_undisturbed,
    "fails": fails,
    "refused": is_refused,
    "one error a page": has_one_error_a_page,
}
