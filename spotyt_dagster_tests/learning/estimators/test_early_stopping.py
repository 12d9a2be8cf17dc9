"""What deep estimators share: the validation part, the schedules, the curves."""

import numpy as np
import pytest

from spotyt_dagster.learning.deep import CURVE_COLUMNS
from spotyt_dagster.learning.estimators import early_stopping
from spotyt_dagster.learning.estimators.early_stopping import early_stopping_rows
from spotyt_dagster.settings import Schedule


def of_artists(artists: int, tracks_an_artist: int = 10) -> np.ndarray:
    return np.repeat(np.arange(artists), tracks_an_artist)


def test_no_artist_is_both_fitted_on_and_stopped_by():
    artists = of_artists(20)
    fit, validation = early_stopping_rows(200, 0.15, 1, groups=artists)
    assert len(fit) + len(validation) == 200
    assert len(np.unique(artists[validation])) == 3
    assert not np.isin(artists[fit], artists[validation]).any()


def test_no_video_is_both_fitted_on_and_stopped_by():
    artists, videos = of_artists(20), np.arange(200)
    videos[::10] = np.roll(videos[::10], 1)  # each artist's first track is the next one's third
    videos[::10] += 2
    fit, validation = early_stopping_rows(200, 0.15, 1, groups=artists, linked=videos)
    without, same = early_stopping_rows(200, 0.15, 1, groups=artists)
    np.testing.assert_array_equal(validation, same)
    assert not np.isin(videos[fit], videos[validation]).any()
    gone = np.setdiff1d(without, fit)
    assert len(gone) > 0
    assert np.isin(videos[gone], videos[validation]).all()


def test_without_artists_rows_are_drawn_and_a_class_keeps_its_share():
    classes = np.arange(400) % 4 == 0
    fit, validation = early_stopping_rows(400, 0.25, 1, classes=classes)
    assert not set(fit) & set(validation)
    assert (classes[fit].mean(), classes[validation].mean()) == (0.25, 0.25)


def test_so_few_rows_that_none_can_be_spared_are_fitted_on_and_stopped_by():
    fit, validation = early_stopping_rows(30, 0.15, 1)
    assert fit.tolist() == validation.tolist() == list(range(30))


@pytest.mark.parametrize(
    ("artists", "tracks_an_artist", "message"), [(1, 50, "two artists"), (3, 2, "too few rows")]
)
def test_too_little_to_stop_by_is_said_clearly(artists: int, tracks_an_artist: int, message: str):
    groups = of_artists(artists, tracks_an_artist)
    with pytest.raises(ValueError, match=message):
        early_stopping_rows(len(groups), 0.15, 1, groups=groups)


@pytest.mark.parametrize(("schedule", "peak"), [("cosine", 0), ("one_cycle", 12)])
def test_a_schedule_peaks_at_the_given_rate_and_ends_near_zero(schedule: Schedule, peak: int):
    import torch

    stepping = early_stopping.schedule_of(schedule, 1.0, max_epochs=10, batches=4)
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = stepping.scheduler(optimizer, **stepping.arguments)
    rates = []
    for _ in range(10 if stepping.every == "epoch" else 40):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert max(rates) == pytest.approx(1, abs=0.01)
    assert abs(int(np.argmax(rates)) - peak) <= 1
    assert rates[-1] < 0.03


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValueError, match="none of constant, cosine, one_cycle, plateau"):
        early_stopping.schedule_of("linear", 1.0, 10, 4)  # pyright: ignore[reportArgumentType]


def test_the_curve_marks_the_epoch_of_the_lowest_validation_loss():
    curve = early_stopping.curve_table([3, 2, 1], [3, 1, 2], [0.1, 0.1, 0.1])
    assert curve["epoch"][curve["best"]].tolist() == [2]
    assert tuple(curve.columns) == CURVE_COLUMNS


def test_a_diverged_fit_is_an_error():
    with pytest.raises(ValueError, match="diverged"):
        early_stopping.curve_table([3, np.nan], [3, np.nan], [0.1, 0.1])
