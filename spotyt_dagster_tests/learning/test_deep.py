"""What deep estimators share: the cut by artist, the schedules, the curves."""

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning import deep


def table(artists: int, tracks_an_artist: int = 10) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    rows = np.arange(artists * tracks_an_artist) * 3
    X = pd.DataFrame({"a": np.arange(len(rows), dtype=float)}, index=rows)
    names = pd.Series([f"Artist {row // tracks_an_artist}" for row in range(len(rows))], index=rows)
    return X, X["a"].to_numpy() * 2, names


def test_no_artist_is_both_fitted_on_and_stopped_by():
    X, y, artists = table(20)
    parts = deep.early_stopping_parts(X, y, artists, seed=1)
    fitted, stopped = (
        {artists.iloc[int(value)] for value in part[:, 0]} for part in (parts.X, parts.X_valid)
    )
    assert fitted
    assert stopped
    assert not fitted & stopped
    np.testing.assert_array_equal(parts.y, parts.X[:, 0] * 2)


def test_artists_are_looked_up_by_row_so_that_part_of_the_rows_can_be_fitted():
    X, y, artists = table(40)
    some = np.arange(0, len(X), 2)
    shuffled = artists.sample(frac=1, random_state=0)
    by_row = deep.early_stopping_parts(X.iloc[some], y[some], shuffled, seed=1)
    of_those_rows = deep.early_stopping_parts(X.iloc[some], y[some], artists.iloc[some], seed=1)
    np.testing.assert_array_equal(by_row.X_valid, of_those_rows.X_valid)


@pytest.mark.parametrize(
    ("artists", "tracks_an_artist", "message"), [(1, 50, "two artists"), (3, 2, "too few rows")]
)
def test_too_little_to_stop_by_is_said_clearly(artists: int, tracks_an_artist: int, message: str):
    X, y, names = table(artists, tracks_an_artist)
    with pytest.raises(ValueError, match=message):
        deep.early_stopping_parts(X, y, names, seed=1)


def test_gaps_in_the_input_are_refused():
    X, y, artists = table(20)
    X.iloc[0, 0] = np.nan
    with pytest.raises(ValueError, match="impute"):
        deep.early_stopping_parts(X, y, artists, seed=1)


def test_the_cosine_schedule_ends_at_zero_and_an_unknown_one_is_refused():
    import torch

    scheduler, arguments = deep.schedule_of("cosine", epochs=10)
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=1.0)
    stepping = scheduler(optimizer, **arguments)
    for _ in range(10):
        optimizer.step()
        stepping.step()
    assert stepping.get_last_lr()[0] == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="none of constant, cosine, plateau"):
        deep.schedule_of("linear", epochs=10)  # pyright: ignore[reportArgumentType]


def test_the_curve_marks_the_epoch_of_the_lowest_validation_loss():
    curve = deep.curve_table([3, 2, 1], [3, 1, 2], [0.1, 0.1, 0.1])
    assert curve["epoch"][curve["best"]].tolist() == [2]
    assert tuple(curve.columns) == deep.CURVE_COLUMNS


def test_a_diverged_fit_is_an_error():
    with pytest.raises(ValueError, match="diverged"):
        deep.curve_table([3, np.nan], [3, np.nan], [0.1, 0.1])
