"""What is known beforehand of how long the full effort takes."""

import pytest

from spotyt_dagster.defs.models import MODELS
from spotyt_dagster.learning.effort import TIMED_TRACKS, full_effort_seconds

NAMES = ["/".join(model.key.path) for model in MODELS]
#: Its weights were on no machine that timed the others.
UNTIMED = {"classification/tabpfn_classifier"}


def test_every_model_was_timed_and_nothing_else():
    seconds = full_effort_seconds(NAMES, TIMED_TRACKS)
    assert set(seconds[seconds.isna()].index) == UNTIMED
    assert (seconds.dropna() > 0).all()


def test_time_grows_with_the_tracks_as_the_model_does():
    models = ["regression/linear", "classification/svm"]
    once, twice = (full_effort_seconds(models, n * TIMED_TRACKS) for n in (1, 2))
    assert (twice / once).to_dict() == pytest.approx(dict(zip(models, (2, 4), strict=True)))


def test_a_model_that_was_not_timed_has_no_figure():
    assert full_effort_seconds(["regression/of_tomorrow"], 1_000).isna().all()
