"""Each check fails on what it is there for, and says the figures behind it."""

import pandas as pd
import pytest

from spotyt_dagster.tables.quality import (
    LEAST_COVERAGE,
    MOST_SHRUNKEN,
    CheckOutcome,
    crawl_coverage,
    deltas_plausible,
    keeps_to_schema,
    no_duplicates,
    nothing_rejected,
    videos_fit_tracks,
)
from spotyt_dagster.tables.schema import separate


def counts(*values: int | None) -> pd.Series:
    return pd.Series(pd.array(list(values), dtype="Int64"))


def test_the_sample_keeps_to_the_schema(raw):
    assert keeps_to_schema(raw) == CheckOutcome(True, {"rows": 300, "out of range": 0})


def test_a_table_read_back_from_a_file_keeps_to_the_schema(raw, tmp_path):
    path = tmp_path / "raw.parquet"
    raw.to_parquet(path)
    assert keeps_to_schema(pd.read_parquet(path)).passed
    plain = raw.astype(dict.fromkeys(("Views", "Likes", "Comments", "Stream"), "float64"))
    assert keeps_to_schema(plain).passed


@pytest.mark.parametrize("bad", [1, 15, 16, 300])
def test_rows_out_of_range_fail_the_schema_however_many_they_are(raw, bad):
    damaged = raw.copy()
    damaged.loc[: bad - 1, "Energy"] = 2.0
    finding = keeps_to_schema(damaged)
    assert not finding.passed
    assert finding.facts == {"rows": 300, "out of range": bad}


def test_text_or_a_lost_column_fails_the_schema(raw):
    for damaged in (raw.drop(columns="Tempo"), raw.assign(Views="Error"), raw.head(0)):
        assert not keeps_to_schema(damaged).passed


def test_rejected_rows_fail_their_check(raw):
    damaged = raw.drop(columns="raw_source").copy()
    damaged.loc[3, "Energy"] = 2.0
    _, rejected = separate(pd.concat([damaged, damaged.head(2)], ignore_index=True), "x")
    for table, rows, duplicates in ((rejected, 3, 2), (rejected.head(0), 0, 0)):
        assert nothing_rejected(table) == CheckOutcome(
            rows == 0, {"rejected rows": rows, "of these duplicate lines": duplicates}
        )


def test_repeated_rows_fail_their_check(raw):
    assert no_duplicates(raw) == CheckOutcome(True, {"rows": 300, "repeated rows": 0})
    twice = pd.concat([raw, raw.head(2)])
    assert no_duplicates(twice) == CheckOutcome(False, {"rows": 302, "repeated rows": 2})


def test_coverage_is_the_share_of_tracks_with_views():
    nine = pd.DataFrame({"viewCount": counts(*range(9), None)})
    assert crawl_coverage(nine) == CheckOutcome(
        True, {"official tracks": 10, "share with views": 0.9}
    )
    assert LEAST_COVERAGE == 0.9
    eight = pd.DataFrame({"viewCount": counts(*range(8), None, None)})
    assert not crawl_coverage(eight).passed
    assert not crawl_coverage(nine.head(0)).passed


def test_a_few_shrunken_videos_are_plausible_and_more_are_not():
    of_100 = [-1] * int(MOST_SHRUNKEN * 100) + [5] * (100 - int(MOST_SHRUNKEN * 100))
    few = pd.DataFrame({"delta_view": counts(*of_100)})
    assert deltas_plausible(few) == CheckOutcome(
        True, {"share with fewer views than in 2023": MOST_SHRUNKEN, "rows": 100}
    )
    assert not deltas_plausible(pd.DataFrame({"delta_view": counts(-1, *of_100[1:-1], -1)})).passed
    assert not deltas_plausible(few.head(0)).passed


def test_rows_without_growth_count_as_not_shrunken():
    finding = deltas_plausible(pd.DataFrame({"delta_view": counts(*[3] * 98, -1, None)}))
    assert finding.passed
    assert finding.facts["share with fewer views than in 2023"] == pytest.approx(1 / 99)
    assert not deltas_plausible(pd.DataFrame({"delta_view": counts(None, None)})).passed


def of_100(shared: int, unnamed: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "shares_video": [place < shared for place in range(100)],
            "names_match": [place >= unnamed for place in range(100)],
        }
    )


@pytest.mark.parametrize(
    ("shared", "unnamed", "passed"), [(19, 1, True), (30, 3, True), (31, 1, False), (19, 4, False)]
)
def test_videos_that_do_not_fit_their_tracks_are_counted_and_many_fail(shared, unnamed, passed):
    finding = videos_fit_tracks(of_100(shared, unnamed))
    assert finding.passed == passed
    assert finding.facts == {
        "official tracks": 100,
        "rows that share a video": shared,
        "rows whose video names neither track nor artist": unnamed,
        "share that shares a video": shared / 100,
        "share that names neither": unnamed / 100,
    }


def test_the_samples_videos_fit_their_tracks(official):
    assert videos_fit_tracks(official).passed
