"""Feature sets leak nothing, and shrink to what a tier provides."""

import pytest

from spotyt_dagster.learning import feature_sets
from spotyt_dagster.learning.feature_sets import AUDIO, SOUND
from spotyt_dagster.learning.problem import classification_problem, regression_problem


@pytest.mark.parametrize("key", feature_sets.LEAK_FREE)
def test_leak_free_sets_hold_no_cousin_of_the_target(key) -> None:
    assert feature_sets.leaks(feature_sets.LEAK_FREE[key], key[0]) == []


def test_the_log_of_a_cousin_leaks_too() -> None:
    assert feature_sets.leaks(["Energy", "log10_Likes"], "regression") == ["log10_Likes"]
    assert feature_sets.leaks(["log10_Stream"], "regression") == []
    assert feature_sets.leaks(["log10_Stream"], "classification") == ["log10_Stream"]


def test_columns_empty_for_every_row_are_left_out_and_named(tracks) -> None:
    tier = tracks.assign(spotifyPopularity=float("nan"))
    columns, note = feature_sets.available(tier, ["Energy", "spotifyPopularity"])
    assert columns == ("Energy",)
    assert "spotifyPopularity" in note


def test_a_column_the_table_lacks_is_an_error(tracks) -> None:
    with pytest.raises(KeyError, match="Enerqy"):
        feature_sets.available(tracks, ["Enerqy"])


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ((*AUDIO, "Likes"), "audio + Likes"),
        ((*SOUND, "log10_Stream"), "audio (log10_Duration_ms) + log10_Stream"),
        (tuple(c for c in AUDIO if c not in ("Key", "Tempo")), "audio - Key - Tempo"),
        (("Stream",), "Stream"),
    ],
)
def test_features_are_described_in_short(columns, text: str) -> None:
    assert feature_sets.describe(columns) == text


def test_targets_follow_the_table(tracks, baseline) -> None:
    assert regression_problem(tracks).target == "viewCount"
    assert regression_problem(baseline).target == "Views"
    assert classification_problem(baseline).era == "baseline"


def test_a_target_is_never_its_own_feature(baseline) -> None:
    assert "Likes" not in regression_problem(baseline, "log10_Likes").study
    with pytest.raises(ValueError, match="own features"):
        regression_problem(baseline).with_features("log10_Views")


def test_leaking_features_cannot_be_called_leak_free(baseline) -> None:
    with pytest.raises(ValueError, match=r"not leak-free.*Likes"):
        regression_problem(baseline).with_features("Energy", "Likes")


def test_rows_without_a_target_are_left_out_and_counted(tracks) -> None:
    problem = regression_problem(tracks, "likeCount")
    hidden = int(tracks["likeCount"].isna().sum())
    assert hidden > 0
    assert len(problem.frame) == len(tracks) - hidden
    assert f"{hidden} rows left out" in problem.note
    assert f"{hidden} rows left out" in problem.with_features("Stream").note


def test_one_class_only_is_named(tracks) -> None:
    with pytest.raises(ValueError, match="youtube_leaning has 1 class"):
        classification_problem(tracks.assign(youtube_leaning=True))
