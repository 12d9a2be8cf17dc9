"""What models read is computed as said, and stays missing where a part of it is."""

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.tables.clean import baseline_tracks, clean_tracks
from spotyt_dagster.tables.columns import MEANING
from spotyt_dagster.tables.crawled import crawl_errors, crawled_tracks
from spotyt_dagster.tables.features import (
    DELTAS,
    LOGGED_2023,
    LOGGED_CRAWLED,
    baseline_features,
    growth_notes,
    track_features,
)
from spotyt_dagster.tables.official import official_tracks
from spotyt_dagster_tests.tables.conftest import as_one, take


@pytest.fixture(scope="module")
def clean(official, batches, crawl) -> pd.DataFrame:
    return clean_tracks(crawled_tracks(official, batches, as_one(crawl)))


@pytest.fixture
def features(give, clean) -> pd.DataFrame:
    return take(track_features(give(clean)))


def floats(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype="float64", na_value=np.nan)


def test_rows_and_columns_stay_and_features_are_added(features, clean):
    assert features["row"].tolist() == clean["row"].tolist()
    added = set(features.columns) - set(clean.columns)
    logged = {f"log10_{name}" for name in (*LOGGED_2023, *LOGGED_CRAWLED)}
    growth = {*DELTAS, "view_growth", "log10_view_growth"}
    assert added == {*growth, *logged, "publishedYear", "youtube_leaning"}


@pytest.mark.parametrize("delta", DELTAS)
def test_growth_is_now_less_then_and_missing_where_either_is(features, delta):
    now, then = (floats(features[name]) for name in DELTAS[delta])
    np.testing.assert_array_equal(floats(features[delta]), now - then)


def test_relative_growth_is_how_many_times_and_missing_where_there_is_no_such_number(give, clean):
    then, now = (pd.array(counts, dtype="Int64") for counts in ([50, 100, 0, 9], [100, 90, 5, 0]))
    four = take(track_features(give(clean.head(4).assign(Views=then, viewCount=now))))
    np.testing.assert_allclose(floats(four["view_growth"]), [1, -0.1, np.nan, -1])
    np.testing.assert_allclose(
        floats(four["log10_view_growth"]), [np.log10(2), np.log10(0.9), np.nan, np.nan]
    )


def test_growth_that_crosses_a_change_of_what_a_view_is_says_so(clean):
    def read_at(*moments: str) -> pd.DataFrame:
        return pd.DataFrame(
            {"fetched_at": pd.to_datetime(list(moments), format="ISO8601").as_unit("us")}
        )

    assert growth_notes(read_at("2026-08-26 23:59:59", "2024-11-15")) == ()
    (crossing,) = growth_notes(read_at("2026-08-26 23:59:59", "2026-08-27", "2026-11-25"))
    assert crossing.startswith("growth of 2 of 3 rows mixes two definitions of a view")
    assert f"growth of {len(clean)} of {len(clean)} rows" in growth_notes(track_features(clean))[0]


def test_a_hidden_count_has_no_growth_and_no_logarithm(features):
    for count, delta in (("likeCount", "delta_like"), ("commentCount", "delta_comment")):
        hidden = features[count].isna()
        assert hidden.any()
        assert (features[delta].isna() == hidden).all()
        assert (features[f"log10_{count}"].isna() == hidden).all()
    assert features["delta_view"].notna().all()


@pytest.mark.parametrize("name", [*LOGGED_2023, *LOGGED_CRAWLED])
def test_logarithms_are_of_one_more_to_base_ten(features, name):
    np.testing.assert_allclose(
        floats(features[f"log10_{name}"]), np.log10(1 + floats(features[name])), rtol=1e-12
    )


def test_a_count_of_0_has_logarithm_0(give, clean):
    zero = take(track_features(give(clean.assign(likeCount=pd.array([0] * len(clean), "Int64")))))
    assert (floats(zero["log10_likeCount"]) == 0).all()


def test_the_year_is_that_of_publication_in_utc(features):
    assert set(features["publishedYear"]) == {2015}


@pytest.mark.parametrize(
    ("moment", "year"), [("2019-12-31 23:59:59", 2019), ("2020-01-01 00:00:00", 2020)]
)
def test_the_year_turns_at_midnight_utc(give, clean, moment, year):
    at = clean.assign(publishedAt=pd.Timestamp(moment).as_unit("us"))
    assert set(take(track_features(give(at)))["publishedYear"]) == {year}


def test_the_class_is_more_views_today_than_streams(give, clean):
    views = pd.array([10, 11, 12], dtype="Int64")
    three = clean.head(3).assign(viewCount=views, Stream=pd.array([11, 11, 11], dtype="Int64"))
    leaning = take(track_features(give(three)))["youtube_leaning"]
    assert leaning.tolist() == [False, False, True]


def test_without_any_popularity_the_rest_is_there(give, clean):
    none = pd.array([None] * len(clean), dtype="Int64")
    withheld = take(
        track_features(give(clean.assign(spotifyPopularity=none, spotifyFollowers=none)))
    )
    assert withheld["log10_spotifyFollowers"].isna().all()
    assert withheld["log10_viewCount"].notna().all()


def test_no_clean_track_gives_an_empty_table_with_all_columns(give, clean, features):
    empty = take(track_features(give(clean.head(0))))
    assert empty.empty
    assert list(empty.columns) == list(features.columns)


def test_both_backends_agree(features, clean):
    expected = take(track_features(clean))
    pd.testing.assert_frame_equal(features, expected, check_exact=False, rtol=1e-12)


def test_the_baseline_has_its_class_and_logarithms_of_2023_alone(give, official):
    baseline = baseline_tracks(official)
    features = take(baseline_features(give(baseline)))
    added = set(features.columns) - set(baseline.columns)
    assert added == {"youtube_leaning", *(f"log10_{name}" for name in LOGGED_2023)}
    expected = floats(features["Views"]) > floats(features["Stream"])
    assert features["youtube_leaning"].tolist() == expected.tolist()
    pd.testing.assert_frame_equal(features, take(baseline_features(baseline)), rtol=1e-12)


def test_every_column_of_every_table_has_its_meaning(official, batches, crawl, features, raw):
    tables = [raw, official, batches, *(tables[0] for tables in crawl.values()), features]
    tables += [crawled_tracks(official, batches, as_one(crawl)), crawl_errors(as_one(crawl))]
    for table in tables:
        assert [name for name in table.columns if not MEANING.get(name)] == []


@pytest.mark.real_data
def test_a_quarter_of_the_real_tracks_lean_to_youtube(real_csv):
    baseline = baseline_features(baseline_tracks(official_tracks(read_tracks(real_csv, 1)[0])))
    assert round(float(baseline["youtube_leaning"].mean()), 3) == 0.259
