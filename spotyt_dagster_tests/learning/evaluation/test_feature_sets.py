"""Feature sets leak nothing, and shrink to what a tier provides."""

from itertools import pairwise

import pandas as pd
import pytest

from spotyt_dagster.learning.evaluation import feature_sets
from spotyt_dagster.learning.evaluation.feature_sets import AUDIO, SOUND
from spotyt_dagster.learning.evaluation.task import (
    classification_problem,
    regression_problem,
    release_time_problem,
    view_problems,
)
from spotyt_dagster.tables.release import others_name


@pytest.mark.parametrize("key", feature_sets.LEAK_FREE)
def test_leak_free_sets_have_no_proxy_of_the_target(key) -> None:
    assert feature_sets.leaks(feature_sets.LEAK_FREE[key], key[0]) == []


@pytest.mark.parametrize("task", feature_sets.RELEASE_TIME)
def test_nothing_known_at_release_is_a_proxy_of_the_target(task) -> None:
    assert feature_sets.leaks(feature_sets.RELEASE_TIME[task], task) == []


def test_a_proxy_of_the_artists_other_tracks_leaks_too() -> None:
    streams = others_name("log10_Stream")
    assert streams in feature_sets.RELEASE_TIME["regression"]
    assert feature_sets.leaks(["Energy", streams], "classification") == [streams]
    assert feature_sets.leaks([others_name("log10_Likes")], "regression")


@pytest.mark.parametrize("task", feature_sets.RELEASE_TIME)
def test_what_is_known_at_release_comes_in_steps_each_of_one_kind(task) -> None:
    steps = list(feature_sets.release_steps(task).values())
    assert steps[0] == feature_sets.LEAK_FREE[task, "baseline"]
    assert steps[-1] == feature_sets.RELEASE_TIME[task]
    rests_on = {fact.name: fact.rests_on for fact in feature_sets.RELEASE_FACTS[task]}
    for before, after in pairwise(steps):
        assert after[: len(before)] == before
        assert len({rests_on[name] for name in after[len(before) :]}) == 1


def test_the_log_of_a_proxy_leaks_too() -> None:
    assert feature_sets.leaks(["Energy", "log10_Likes"], "regression") == ["log10_Likes"]
    assert feature_sets.leaks(["log10_Stream"], "regression") == []
    assert feature_sets.leaks(["log10_Stream"], "classification") == ["log10_Stream"]


def test_columns_empty_for_every_row_are_left_out_and_named(tracks) -> None:
    tier = tracks.assign(spotifyPopularity=float("nan"))
    columns, (note,) = feature_sets.available(tier, ["Energy", "spotifyPopularity"])
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
        ((*SOUND, "licensed", "is_single"), "audio (log10_Duration_ms) + 2 facts of release"),
        (("licensed", "Channel"), "Channel + 1 fact of release"),
        (("licensed",), "1 fact of release"),
    ],
)
def test_features_are_described_in_short(columns, text: str) -> None:
    assert feature_sets.describe(columns) == text


def test_targets_follow_the_table(tracks, baseline) -> None:
    assert regression_problem(tracks).target == "viewCount"
    assert regression_problem(baseline).target == "Views"
    assert classification_problem(baseline).snapshot == "baseline"


def test_a_target_is_never_its_own_feature(baseline) -> None:
    assert "Likes" not in regression_problem(baseline, "log10_Likes").study
    with pytest.raises(ValueError, match="own features"):
        regression_problem(baseline).with_features("log10_Views")


def test_leaking_features_cannot_be_called_leak_free(baseline) -> None:
    with pytest.raises(ValueError, match=r"not leak-free.*Likes"):
        regression_problem(baseline).with_features("Energy", "Likes")


def test_the_views_of_2023_are_a_control_of_relative_growth_and_of_nothing_else(tracks) -> None:
    growth = regression_problem(tracks, "log10_view_growth")
    for protocol in ("study", "grouped"):
        assert "log10_Views" in growth.columns(protocol)
        assert "log10_Views" not in regression_problem(tracks, "delta_view").columns(protocol)
    for other in ("log10_viewCount", "log10_Likes", "delta_view", "view_growth"):
        with pytest.raises(ValueError, match=r"not leak-free|own features"):
            growth.with_features("log10_Views", other)
    with pytest.raises(ValueError, match="not leak-free"):
        regression_problem(tracks).with_features("log10_view_growth")


def test_growth_says_that_it_mixes_two_definitions_of_a_view(tracks) -> None:
    earlier = tracks.assign(fetched_at=pd.Timestamp("2026-08-26", tz="UTC"))
    for target in ("delta_view", "log10_view_growth", "view_growth", "delta_like"):
        assert "mixes two definitions of a view" in regression_problem(tracks, target).notes[-1]
        assert not any("definitions" in note for note in regression_problem(earlier, target).notes)
    assert regression_problem(tracks, "log10_viewCount").notes == ()


def test_relative_growth_is_a_question_beside_growth_in_views(tracks, baseline) -> None:
    targets = [problem.target for problem in view_problems(tracks, baseline)]
    assert targets[2:4] == ["delta_view", "log10_view_growth"]


def test_at_release_both_snapshots_know_the_same(tracks, baseline) -> None:
    today = release_time_problem("regression", tracks, "log10_viewCount")
    then = release_time_problem("regression", baseline, "log10_Views")
    assert today.leak_free == then.leak_free == feature_sets.RELEASE_TIME["regression"]
    assert (today.snapshot, then.snapshot) == ("crawled", "baseline")
    assert "Title" not in then.without("Title").leak_free


def test_at_release_rows_without_a_target_count_as_shares_too(tracks) -> None:
    """Who shares a video is told by all rows, whether or not their target is known."""
    whole = release_time_problem("regression", tracks, "log10_viewCount").frame
    part = release_time_problem("regression", tracks, "likeCount").frame
    assert 0 < len(part) < len(whole)
    pd.testing.assert_frame_equal(
        part[["log10_video_tracks", "others_Energy"]],
        whole.loc[part.index, ["log10_video_tracks", "others_Energy"]],
    )


def test_names_that_a_table_lacks_are_left_out_and_named(baseline) -> None:
    problem = release_time_problem("regression", baseline.assign(Title=None), "log10_Views")
    assert "Title" not in problem.leak_free
    assert any("Title" in note for note in problem.notes)


def test_rows_without_a_target_are_left_out_and_counted(tracks) -> None:
    problem = regression_problem(tracks, "likeCount")
    hidden = int(tracks["likeCount"].isna().sum())
    assert hidden > 0
    assert len(problem.frame) == len(tracks) - hidden
    assert f"{hidden} rows dropped" in problem.notes[0]
    assert f"{hidden} rows dropped" in problem.with_features("Stream").notes[0]


def test_one_class_only_is_named(tracks) -> None:
    with pytest.raises(ValueError, match="youtube_leaning has 1 class"):
        classification_problem(tracks.assign(youtube_leaning=True))
