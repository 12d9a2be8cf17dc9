"""The plane and the surface of a classifier as pictures."""

from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image

from spotyt_dagster.figures.decision_surface import predictions_in_the_plane, separating_surface
from spotyt_dagster.figures.style import png_bytes

CLASSES = ("Spotify-leaning", "YouTube-leaning")
RNG = np.random.default_rng(0)


def test_thousands_of_points_fit_a_page_at_full_size() -> None:
    table = pd.DataFrame(RNG.normal(size=(3_000, 2)), columns=["x", "y"])
    table["actual"] = RNG.integers(0, 2, 3_000)
    table["predicted"] = RNG.integers(0, 2, 3_000)
    panels = {"random split, 8:2": table, "by artist": table}
    figure = predictions_in_the_plane(panels, classes=CLASSES, title="Predictions")
    with Image.open(BytesIO(png_bytes(figure))) as image:
        assert image.width == 800
    right = (table["actual"] == table["predicted"]).sum()
    assert f"{right:,} predicted rightly" in figure.axes[0].get_title("left")


def test_the_surface_lies_where_the_odds_are_even() -> None:
    axis = np.linspace(0, 1, 9)
    grid = (axis, axis, axis)
    probability = np.broadcast_to(axis, (9, 9, 9))  # class 1 above z = 0.5, whatever x and y
    points = pd.DataFrame(RNG.random((50, 3)), columns=["log10_Likes", "Energy", "Tempo"])
    figure = separating_surface(
        points,
        points["Tempo"].gt(0.5).astype(int).to_numpy(),
        grid,
        probability,
        classes=CLASSES,
        title="Surface",
    )
    (axes,) = figure.axes
    lines = [part for drawn in axes.collections for part in getattr(drawn, "_3dverts_codes", [])]
    assert len(lines) == 18  # one at each of nine x and of nine y
    heights = np.concatenate([vertices[:, 2] for vertices, _ in lines])
    assert np.allclose(heights, 0.5)
    assert axes.get_xlabel() == "Likes"


def test_a_model_that_never_changes_its_mind_has_no_surface() -> None:
    axis = np.linspace(0, 1, 5)
    points = pd.DataFrame(RNG.random((10, 3)), columns=["Energy", "Valence", "Tempo"])
    figure = separating_surface(
        points,
        np.zeros(10, dtype=int),
        (axis, axis, axis),
        np.full((5, 5, 5), 0.2),
        classes=CLASSES,
        title="Surface",
    )
    assert len(png_bytes(figure)) > 0
