"""Correlations: pandas' and SciPy's figures, with gaps and idle columns borne."""

import numpy as np
import pytest
from scipy import stats

from spotyt_dagster.learning.regression.correlation import correlation, correlations, with_views


def test_each_pair_is_correlated_on_the_rows_that_have_both(tracks) -> None:
    known = tracks[["Energy", "likeCount"]].dropna()
    for kind, of_scipy in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        expected = of_scipy(known["Energy"], known["likeCount"])[0]
        assert correlations(tracks, kind).loc["Energy", "likeCount"] == pytest.approx(expected)


def test_pearsons_interval_is_scipys(baseline) -> None:
    row = with_views(baseline).set_index("column").loc["Likes"]
    expected = stats.pearsonr(baseline["Likes"], baseline["Views"]).confidence_interval()
    assert (row["pearson_low"], row["pearson_high"]) == pytest.approx(tuple(expected))


def test_spearmans_interval_is_the_wider_and_holds_the_value(baseline) -> None:
    table = with_views(baseline)
    assert (table["spearman"] > table["spearman_low"]).all()
    assert (table["spearman"] < table["spearman_high"]).all()


def test_a_column_empty_for_every_row_is_left_out_and_an_idle_one_has_no_value(tracks) -> None:
    frame = tracks.assign(spotifyPopularity=np.nan, spotifyFollowers=5.0)
    matrix = correlations(frame, "pearson")
    assert "spotifyPopularity" not in matrix.columns
    assert matrix["spotifyFollowers"].isna().all()


def test_the_result_has_a_heat_map_and_a_table_for_each_kind_and_era(
    tracks, baseline, settings
) -> None:
    result = correlation(tracks, baseline, settings)
    names = {f"{kind}_{era}" for kind in ("pearson", "spearman") for era in ("crawled", "baseline")}
    assert set(result.figures) == names
    assert set(result.tables) == {*names, "with_views"}
    stream = result.metrics.query("variant == 'baseline' and metric == 'pearson_correlation'")
    expected = stats.pearsonr(baseline["Stream"], baseline["Views"])[0]
    assert stream["value"].item() == pytest.approx(expected)
    assert stream["features"].item() == "Stream"
