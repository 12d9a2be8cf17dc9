"""A Result has one shape, and a failed model still gives one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import threadpoolctl

from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS, metric_rows
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster_tests.learning.factories import failing_model, model_of

DIVERGING = failing_model(
    FloatingPointError("the loss is not finite\nafter epoch 3"), name="diverging"
)


def fitted(tracks, _baseline, settings) -> Result:
    return Result(
        metric_rows(
            {"r2": (0.5, 0.4, 0.6)},
            frame=tracks,
            settings=settings,
            task="regression",
            model="fitted",
            snapshot="crawled",
            features="Stream",
        )
    )


def test_a_failure_becomes_one_row_that_says_so(tracks, baseline, settings, caplog) -> None:
    metrics = run_model(DIVERGING, tracks, baseline, settings).metrics

    assert list(metrics.columns) == METRIC_COLUMNS
    (row,) = metrics.to_dict("records")
    assert (row["task"], row["model"], row["status"]) == ("regression", "diverging", "failed")
    assert np.isnan(row["value"])
    assert row["notes"] == ("FloatingPointError: the loss is not finite after epoch 3",)
    assert row["raw_source"] == ("sample",)
    assert "Traceback" in caplog.text


def test_a_result_passes_through_unchanged(tracks, baseline, settings) -> None:
    (row,) = run_model(model_of(fitted), tracks, baseline, settings).metrics.to_dict("records")
    assert (row["value"], row["low"], row["high"]) == (0.5, 0.4, 0.6)
    assert row["n_train"] == len(tracks)


def sum_of_products(tracks, _baseline, settings) -> Result:
    values = np.random.default_rng(settings.seed).normal(size=100_000)
    return replace(
        fitted(tracks, tracks, settings),
        tables={"sum": pd.DataFrame({"sum": [values @ values, np.random.random()]})},
    )


def test_what_a_model_computes_outside_its_fits_does_not_depend_on_the_threads_either(
    tracks, baseline, settings
) -> None:
    """On 15,000 rows the R² of a least squares fit had other last bits on two threads."""
    sums = []
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            result = run_model(model_of(sum_of_products), tracks, baseline, settings)
        sums.append(result.tables["sum"])
    pd.testing.assert_frame_equal(*sums, check_exact=True)


def test_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="need the columns"):
        Result(pd.DataFrame({"metric": ["r2"]}))


def test_mixed_provenance_shows(tracks, settings) -> None:
    mixed = tracks.assign(api=["live", "sandbox"] * (len(tracks) // 2))
    assert fitted(mixed, mixed, settings).metrics["api"].tolist() == [("live", "sandbox")]
