"""The audit of leaks: what it compares, and that a giveaway shows."""

import pytest

from spotyt_dagster.learning.classification.leak_audit import leak_audit as of_classes
from spotyt_dagster.learning.inspection.leak_audit import CLOSE_PROXIES
from spotyt_dagster.learning.regression.leak_audit import leak_audit as of_views
from spotyt_dagster.learning.result import Result

VIDEOS_SHARED = "5-fold by artist, videos shared"


@pytest.fixture(scope="module")
def classes(tracks, baseline, settings) -> Result:
    return of_classes(tracks, baseline, settings)


@pytest.fixture(scope="module")
def views(tracks, baseline, settings) -> Result:
    return of_views(tracks, baseline, settings)


def test_every_feature_set_meets_every_proxy_under_both_protocols(classes) -> None:
    audit = classes.tables["leak_audit"]
    assert len(audit) == 2 * 2 * 4 * 2
    by_set = audit.groupby(["snapshot", "feature_set", "protocol"])["proxy"].agg(tuple)
    assert set(by_set) == {CLOSE_PROXIES}


def test_a_target_is_no_proxy_of_itself(views) -> None:
    audit = views.tables["leak_audit"]
    assert "Views" not in set(audit.query("snapshot == 'baseline'")["proxy"])
    assert "Views" in set(audit.query("snapshot == 'crawled'")["proxy"])


def test_what_a_set_holds_itself_is_marked(classes, views) -> None:
    inside = classes.tables["leak_audit"].query("in_set")[["feature_set", "proxy"]]
    assert set(map(tuple, inside.to_numpy())) == {("study", "Likes")}
    inside = views.tables["leak_audit"].query("in_set")[["feature_set", "proxy"]]
    assert set(map(tuple, inside.to_numpy())) == {
        ("study", "Likes"),
        ("study", "Comments"),
        ("study", "Stream"),
        ("leak-free", "Stream"),
    }


def test_the_two_scores_compared_differ_in_the_proxy_alone(classes) -> None:
    audit = classes.tables["leak_audit"].query("snapshot == 'baseline' and feature_set == 'study'")
    scores = classes.metrics.query("metric == 'roc_auc' and split != @VIDEOS_SHARED")
    scores = scores.set_index(["protocol", "features"])
    stream = audit.query("proxy == 'Stream'")
    for _, row in stream.iterrows():
        assert row["without"] == scores.loc[(row["protocol"], "audio + Likes"), "value"]
        assert row["with"] == scores.loc[(row["protocol"], "audio + Likes + Stream"), "value"]
        assert row["gain"] == pytest.approx(row["with"] - row["without"])
    likes = audit.query("proxy == 'Likes' and protocol == 'grouped'").iloc[0]
    assert likes["without"] == scores.loc[("grouped", "audio"), "value"]


def test_a_column_that_gives_the_target_away_gains_most(views) -> None:
    audit = views.tables["leak_audit"].query("snapshot == 'crawled' and feature_set == 'leak-free'")
    for _, of_protocol in audit.groupby("protocol"):
        gains = of_protocol.set_index("proxy")["gain"]
        assert gains.idxmax() == "Views"
        assert gains["Views"] > 0.3


def test_the_overlap_of_the_random_split_is_counted(classes, baseline) -> None:
    table = classes.tables["split_overlap"].set_index("split")
    random, grouped = table.loc["8:2 random"], table.loc["5-fold by artist"]
    assert (random["test_rows_with_artist_in_training"] > 0).all()
    assert (random["test_rows_with_video_in_training"] > 0).all()
    met = [name for name in table.columns if "training" in name or "sides" in name]
    assert (grouped[met] == 0).all(axis=None)
    assert (random["artists_on_both_sides"] <= baseline["Artist"].nunique()).all()


def test_both_audits_have_their_pictures(classes, views) -> None:
    for result in (classes, views):
        assert {"leak_audit", "kept_apart", "split_overlap"} == set(result.figures)


def test_leak_free_features_are_scored_with_artists_apart_and_with_videos_apart_too(
    classes, views
) -> None:
    for result, features in ((classes, "audio"), (views, "audio + Stream")):
        scored = result.metrics[result.metrics["snapshot"] == "baseline"]
        splits = scored[scored["features"] == features].drop_duplicates("split")["split"]
        assert list(splits) == ["8:2 random", "5-fold by artist", VIDEOS_SHARED]
    counted = classes.tables["split_overlap"].set_index("split")
    shared = counted.loc[VIDEOS_SHARED]
    assert (shared["test_rows_with_artist_in_training"] == 0).all()
    assert (shared["test_rows_with_video_in_training"] > 0).all()


@pytest.mark.real_data
def test_on_the_real_file_likes_and_streams_together_give_the_class_away(
    real_baseline, tracks, settings
) -> None:
    audit = of_classes(tracks, real_baseline, settings).tables["leak_audit"]
    found = audit.query("snapshot == 'baseline' and protocol == 'grouped' and proxy == 'Stream'")
    gains = found.set_index("feature_set")["gain"]
    assert gains["study"] > 0.1 > gains["leak-free"]
