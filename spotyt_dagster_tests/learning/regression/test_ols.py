"""Least squares on Stream: the figures that the real file must give, and the whole summary."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.regression.ols import least_squares, ols, summary_tables


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return ols(tracks, baseline, settings)


def in_sample(result, target: str) -> dict[str, float]:
    rows = result.metrics[result.metrics["target"] == target].query("protocol == 'all rows'")
    return dict(zip(rows["metric"], rows["value"], strict=True))


def test_coefficients_are_numpys_least_squares(result, tracks) -> None:
    slope, const = np.polyfit(tracks["Stream"], tracks["viewCount"], 1)
    figures = in_sample(result, "viewCount")
    assert figures["slope"] == pytest.approx(slope)
    assert figures["const"] == pytest.approx(const, rel=1e-6)
    assert figures["n"] == len(tracks)


def test_views_likes_and_comments_come_in_turn_with_the_whole_summary(result) -> None:
    for target in ("viewCount", "likeCount", "commentCount", "Views", "Likes", "Comments"):
        text = "\n".join(result.tables[f"{target}_summary"]["line"])
        for part in ("Omnibus", "Durbin-Watson", "Jarque-Bera", "Cond. No.", "AIC", "F-statistic"):
            assert part in text
        assert target in text


def test_the_tables_say_what_statsmodels_own_text_says(baseline) -> None:
    fitted = least_squares(regression_problem(baseline).with_features("Stream"))
    tables = summary_tables(fitted, baseline["Artist"])
    statistics = dict(tables["diagnostics"].itertuples(index=False))
    text = " ".join(" ".join(tables["summary"]["line"]).split())
    assert f"Durbin-Watson: {statistics['durbin_watson']:.3f}" in text
    assert f"R-squared: {statistics['r2']:.3f}" in text
    assert f"Omnibus: {statistics['omnibus']:.3f}" in text
    assert f"Jarque-Bera (JB): {statistics['jarque_bera']:.3f}" in text
    assert f"Cond. No. {statistics['condition_number']:.2e}" in text


def test_errors_are_clustered_by_artist_with_hc3_and_the_classic_ones_beside(baseline) -> None:
    fitted = least_squares(regression_problem(baseline).with_features("Stream"))
    tables = summary_tables(fitted, baseline["Artist"])
    coefficients = tables["coefficients"].set_index("term")

    X = np.column_stack([np.ones(len(baseline)), baseline["Stream"]])
    residual = baseline["Views"].to_numpy() - X @ coefficients["coefficient"].to_numpy()
    inverse = np.linalg.inv(X.T @ X)
    leverage = np.einsum("ij,jk,ik->i", X, inverse, X)
    meat = X.T @ (X * (residual / (1 - leverage))[:, None] ** 2)
    hc3 = np.sqrt(np.diag(inverse @ meat @ inverse))  # MacKinnon & White 1985
    classic = np.sqrt(np.diag(inverse) * (residual**2).sum() / (len(X) - 2))
    scores = pd.DataFrame(X * residual[:, None]).groupby(baseline["Artist"].to_numpy()).sum()
    n, artists = len(X), len(scores)
    small = artists / (artists - 1) * (n - 1) / (n - 2)
    meat = small * scores.to_numpy().T @ scores.to_numpy()
    clustered = np.sqrt(np.diag(inverse @ meat @ inverse))  # Liang & Zeger 1986

    assert coefficients["std_error"].to_numpy() == pytest.approx(clustered, rel=1e-4)
    assert coefficients["std_error_hc3"].to_numpy() == pytest.approx(hc3, rel=1e-4)
    assert coefficients["std_error_classic"].to_numpy() == pytest.approx(classic, rel=1e-4)
    half = stats.t.ppf(0.975, artists - 1) * clustered
    width = (coefficients["high"] - coefficients["low"]).to_numpy()
    assert width == pytest.approx(2 * half, rel=1e-4)
    assert "cluster" in "\n".join(tables["summary"]["line"])


def test_the_interval_of_slope_and_constant_is_the_clustered_one(result) -> None:
    rows = result.metrics.query("target == 'viewCount' and protocol == 'all rows'")
    rows = rows.set_index("metric")
    table = result.tables["viewCount_coefficients"].set_index("term")
    for name, term in (("const", "const"), ("slope", "Stream")):
        for suffix in ("", "_hc3", "_classic"):
            ends = table.loc[term, [f"low{suffix}", f"high{suffix}"]].tolist()
            assert rows.loc[f"{name}{suffix}", ["low", "high"]].tolist() == ends
    assert rows.loc["artists", "value"] == 90


def test_the_line_is_measured_on_unseen_rows_too(result) -> None:
    assert {"all rows", "study", "grouped"} == set(result.metrics["protocol"])
    assert set(result.metrics["features"]) == {"Stream"}


@pytest.mark.real_data
def test_the_real_file_gives_the_known_line(real_baseline, tracks, settings) -> None:
    result = ols(tracks, real_baseline, settings)
    figures = in_sample(result, "Views")
    assert figures["n"] == 15_260
    assert figures["r2"] == pytest.approx(0.3869, abs=5e-5)
    assert figures["slope"] == pytest.approx(0.7191, abs=5e-5)
    assert figures["const"] == pytest.approx(7.719e6, abs=5e2)
    errors = result.tables["Views_coefficients"].set_index("term").to_dict("index")["Stream"]
    assert errors["std_error"] == pytest.approx(0.0345, abs=5e-5)
    assert errors["std_error_hc3"] == pytest.approx(0.0284, abs=5e-5)
    assert errors["std_error_classic"] == pytest.approx(0.0073, abs=5e-5)
