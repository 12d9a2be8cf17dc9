from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.reporting import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (15_260.0, "15,260"), (0.38712, "0.387"), (247_234_446.0, "247.2M"), (8.1e9, "8.1B"),
        (2.1e-5, "2.1e−05"), (-0.25, "−0.250"), (float("nan"), "–"), (float("-inf"), "−∞"),
        (1234.56, "1,234.6"), (12_345.6, "12,346"), (3.2e15, "3.2e+15"), (2.4e12, "2.4T"),
    ],
)  # fmt: skip
def test_numbers_are_written_in_about_four_figures(value, text):
    assert formatting.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7646, "0.765"), (-1e-7, "0.000"), (1.0, "1.000"), (247_234_446.0, "247.2M")],
)
def test_scores_line_up_at_three_decimals(value, text):
    assert formatting.score(value) == text


def test_an_interval_needs_both_ends():
    assert formatting.interval(-0.1, 0.25) == "−0.100 to 0.250"
    assert formatting.interval(float("nan"), 0.25) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "< 0.1 s"),
        (0.66, "0.7 s"),
        (12.4, "12 s"),
        (200.0, "3 min 20 s"),
        (7_530.0, "2 h 5 min"),
    ],
)
def test_durations(value, text):
    assert formatting.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.4, "under a minute"), (700.0, "12 min"), (5_050.0, "1 h 24 min"), (7_200.0, "2 h 0 min")],
)
def test_rough_durations(value, text):
    assert formatting.minutes(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"), (np.bool_(False), "no"), (np.int64(20_718), "20,718"), (None, "–"),
        (pd.NA, "–"), (pd.NaT, "–"), (np.float64("nan"), "–"), ("<b>", "<b>"),
        (pd.Timestamp("2026-11-25 10:06", tz="UTC"), "25 November 2026, 10:06 UTC"),
    ],
)  # fmt: skip
def test_cells_of_any_type(value, text):
    assert formatting.cell(value) == text


def test_values_of_the_summary():
    assert formatting.summary_value("crawl_coverage", 0.9731) == "97.3 %"
    assert formatting.summary_value("quota_day", date(2026, 11, 5)) == "5 November 2026"
    made = datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
    assert formatting.summary_value("made", made) == "25 November 2026, 09:05 UTC"
    assert formatting.summary_value("dropped", {"video_deleted": 3}) == [("Video deleted", "3")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dropped_rows", "Dropped rows"), ("roc_auc", "ROC AUC"), ("knn", "KNN"), ("", ""),
        ("std_error_hc3", "Std error HC3"), ("r2", "R²"),
        ("publishedYear", "publishedYear"), ("log10_Stream", "log10_Stream"),
        ("ft_transformer", "FT-Transformer"),
    ],
)  # fmt: skip
def test_names_from_code_become_words_and_column_names_stay(name, text):
    assert formatting.label(name) == text


def test_captions_keep_the_spelling_of_columns():
    assert formatting.caption("classification_report") == "Classification report"
    assert formatting.caption("viewCount_coefficients") == "viewCount coefficients"
