"""Correlations: pandas' and SciPy's figures, with gaps and idle columns borne."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spotyt_dagster.learning.evaluation.intervals import group_weights
from spotyt_dagster.learning.evaluation.weighted import correlation_measure
from spotyt_dagster.learning.regression.correlation import correlation, correlations, with_views


def test_each_pair_is_correlated_on_the_rows_that_have_both(tracks) -> None:
    known = tracks[["Energy", "likeCount"]].dropna()
    for kind, of_scipy in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        expected = of_scipy(known["Energy"], known["likeCount"])[0]
        assert correlations(tracks, kind).loc["Energy", "likeCount"] == pytest.approx(expected)


def test_values_are_scipys_on_the_rows_that_have_both(tracks) -> None:
    table = with_views(tracks, seed=1).set_index("column").to_dict("index")
    for column in ("Energy", "likeCount"):
        known = tracks[[column, "viewCount"]].dropna()
        row = table[column]
        assert row["n"] == len(known)
        assert row["pearson"] == pytest.approx(stats.pearsonr(*known.to_numpy().T)[0])
        assert row["spearman"] == pytest.approx(stats.spearmanr(*known.to_numpy().T)[0])


def test_a_resample_is_correlated_as_scipy_does(tracks) -> None:
    columns = tracks[["likeCount", "Key"]]
    measure = correlation_measure(columns, tracks["viewCount"])
    (weights, *_) = group_weights(tracks["Artist"].to_numpy(), seed=2)
    got = measure(weights[:3])
    for place in range(3):
        drawn = tracks.loc[tracks.index.repeat(weights[place].astype(int))]
        for column in columns:
            known = drawn[[column, "viewCount"]].dropna().to_numpy().T
            expected = stats.pearsonr(*known)[0], stats.spearmanr(*known)[0]
            assert got[f"{column} pearson"][place] == pytest.approx(expected[0])
            assert got[f"{column} spearman"][place] == pytest.approx(expected[1])


def test_intervals_count_artists_and_not_rows(baseline) -> None:
    """One draw an artist, ten rows each: 90 facts, whatever the number of rows."""
    rng = np.random.default_rng(6)
    artist, _ = pd.factorize(baseline["Artist"])
    fame = rng.normal(size=90)
    frame = baseline.assign(
        Energy=fame[artist], Views=(0.6 * fame + 0.8 * rng.normal(size=90))[artist]
    )
    row = with_views(frame, seed=1).set_index("column").to_dict("index")["Energy"]
    one_each = frame.drop_duplicates("Artist")
    expected = stats.pearsonr(one_each["Energy"], one_each["Views"]).confidence_interval()
    assert row["pearson_low"] == pytest.approx(expected.low, abs=0.06)
    assert row["pearson_high"] == pytest.approx(expected.high, abs=0.06)
    assert row["spearman_low"] < row["spearman"] < row["spearman_high"]
    assert row["spearman_high"] - row["spearman_low"] > 0.2


@pytest.mark.real_data
def test_the_real_files_interval_is_the_artists(real_baseline) -> None:
    row = with_views(real_baseline, seed=42).set_index("column").to_dict("index")["Stream"]
    assert row["pearson"] == pytest.approx(0.622, abs=5e-4)
    assert row["pearson_low"] == pytest.approx(0.588, abs=0.005)  # 0.612 by Fisher's z on rows
    assert row["pearson_high"] == pytest.approx(0.659, abs=0.005)  # 0.632


def test_a_column_empty_for_every_row_is_left_out_and_an_idle_one_has_no_value(tracks) -> None:
    frame = tracks.assign(spotifyPopularity=np.nan, spotifyFollowers=5.0)
    matrix = correlations(frame, "pearson")
    assert "spotifyPopularity" not in matrix.columns
    assert matrix["spotifyFollowers"].isna().all()
    idle = with_views(frame, seed=1).set_index("column").loc["spotifyFollowers"]
    empty = ["pearson", "pearson_low", "spearman", "spearman_high"]
    assert pd.isna(idle[empty].to_numpy(dtype=float)).all()


def test_the_result_has_a_heat_map_and_a_table_for_each_kind_and_era(
    tracks, baseline, settings
) -> None:
    result = correlation(tracks, baseline, settings)
    names = {
        f"{kind}_{snapshot}"
        for kind in ("pearson", "spearman")
        for snapshot in ("crawled", "baseline")
    }
    assert set(result.figures) == names
    assert set(result.tables) == {*names, "with_views"}
    stream = result.metrics.query("snapshot == 'baseline' and metric == 'pearson_correlation'")
    expected = stats.pearsonr(baseline["Stream"], baseline["Views"])[0]
    assert stream["value"].item() == pytest.approx(expected)
    assert stream["features"].item() == "Stream"
