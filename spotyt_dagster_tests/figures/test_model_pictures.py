"""Pictures of models can be read: named axes, no label on another, small enough for a page."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from spotyt_dagster.figures import classification, clusters, curves, leaks, regression
from spotyt_dagster.figures.scores import scores
from spotyt_dagster.figures.style import png_bytes
from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS

RNG = np.random.default_rng(0)


def counts(rows: int) -> pd.DataFrame:
    actual = 10 ** RNG.normal(7, 1.2, rows)
    return pd.DataFrame({"y": actual, "prediction": actual * 10 ** RNG.normal(0, 0.5, rows) - 1e5})


def profile(clusters_: int) -> pd.DataFrame:
    table = pd.DataFrame(RNG.random((clusters_, 4)), columns=["Dance", "Mood", "Energy", "Live"])
    return table.assign(
        cluster=range(clusters_), size=4_000, views=10 ** RNG.uniform(5, 9, clusters_)
    )


def score_rows() -> pd.DataFrame:
    rows = [
        {
            "snapshot": "crawled",
            "detail": f"k=3, removal {i}",
            "protocol": protocol,
            "split": "8:2 random",
            "target": target,
            "metric": "r2",
            "value": 0.3,
            "low": 0.2 - i / 10,
            "high": 0.4,
        }
        for i in range(5)
        for protocol in ("study", "grouped")
        for target in ("viewCount", "log10_viewCount")
    ]
    return pd.DataFrame(rows).reindex(columns=METRIC_COLUMNS)


def audit() -> pd.DataFrame:
    rows = [
        {
            "snapshot": snapshot,
            "feature_set": name,
            "proxy": proxy,
            "in_set": False,
            "protocol": protocol,
            "without": 0.2,
            "with": 0.2 + share / 4,
        }
        for snapshot in ("crawled", "baseline")
        for name in ("study", "leak-free")
        for share, proxy in enumerate(("Likes", "Comments", "Views", "Stream"))
        for protocol in ("study", "grouped")
    ]
    return pd.DataFrame(rows)


def overlaps() -> pd.DataFrame:
    rows = [
        {
            "snapshot": snapshot,
            "detail": "with no proxy",
            "split": split,
            "test_rows": 3_052,
            "test_rows_with_artist_in_training": met,
            "test_rows_with_video_in_training": met // 6,
        }
        for snapshot in ("crawled", "baseline")
        for split, met in (("8:2 random", 3_052), ("5-fold by artist", 0))
    ]
    return pd.DataFrame(rows)


def pictures() -> Iterator[tuple[str, Figure]]:
    k = np.arange(2, 13)
    elbow = pd.DataFrame({"k": k, "inertia": 3e5 / k, "silhouette": 1 / k})
    labels = RNG.integers(-1, 6, 15_000)
    plane = RNG.normal(size=(15_000, 2)) + labels[:, None]
    sizes = pd.DataFrame(
        {
            "size": ["below 1M", "1M-10M", "10M-100M", "100M-1B", "1B-2B", "above 2B"],
            "n": 12_345,
            "low": 0.1,
            "middle": 1.0,
            "high": 9.0,
        }
    )
    curve = (np.linspace(0, 1, 200), np.linspace(0, 1, 200) ** 0.3, 0.77)
    bins = pd.DataFrame({"predicted": np.linspace(0, 1, 10), "actual": np.linspace(0.1, 0.9, 10)})
    features = pd.DataFrame(
        {
            "feature": [f"log10_youtubeChannelSubscriber{i}" for i in range(20)],
            "impurity": 0.05,
            "permutation": np.linspace(0.1, -0.01, 20),
            "permutation_sd": 0.01,
        }
    )
    table = counts(15_000)
    yield "elbow", curves.elbow(elbow, 5, title="Elbow")
    yield (
        "knee",
        curves.knee_curve(k, 3e5 / k, 5, title="Knee", xlabel="K", ylabel="RMSE (views)"),
    )
    yield (
        "clusters",
        clusters.in_the_plane(plane, labels, title="Clusters", axis_names=("first", "second")),
    )
    yield "views", clusters.mean_views(profile(6), column="views", title="Views by cluster")
    yield (
        "traits",
        clusters.mean_traits(
            profile(4), columns=("Dance", "Mood", "Energy", "Live"), title="Traits"
        ),
    )
    yield (
        "predicted",
        regression.predicted_against_actual(
            {"random split": table, "by artist": table}, target="viewCount", title="Predicted"
        ),
    )
    yield (
        "error",
        regression.error_by_size({"a": sizes, "b": sizes}, target="viewCount", title="Error"),
    )
    yield (
        "line",
        regression.line_through(
            table["y"],
            table["prediction"],
            const=1e6,
            slope=0.8,
            xlabel="Stream",
            ylabel="viewCount",
            title="Line",
        ),
    )
    yield (
        "residuals",
        regression.residuals(
            table["y"].to_numpy(), RNG.standard_t(3, 15_000), target="viewCount", title="Residuals"
        ),
    )
    yield (
        "confusion",
        classification.confusion_matrices(
            {"random split": np.array([[9_000, 800], [700, 300]])},
            classes=("Spotify-leaning", "YouTube-leaning"),
            title="Confusion",
        ),
    )
    yield (
        "curves",
        classification.roc_and_precision_recall(
            {"a": curve}, {"a": curve}, positive_share=0.3, title="Curves"
        ),
    )
    yield "calibration", classification.calibration({"a": bins}, title="Calibration")
    yield (
        "importances",
        classification.importances(features, own="impurity", score="accuracy", title="Importances"),
    )
    yield "scores", scores(score_rows(), "r2", title="Scores", axis="R² on test rows")
    yield (
        "leaks",
        leaks.with_and_without(audit(), score="R²", title="What a score for log10 views rests on"),
    )
    yield "overlap", leaks.overlap(overlaps(), title="Met in training")


@pytest.fixture(params=list(pictures()), ids=lambda named: named[0])
def picture(request) -> Figure:
    return request.param[1]


def test_a_picture_has_a_title_and_named_axes(picture: Figure) -> None:
    assert picture.get_suptitle()
    for axes in picture.axes:
        names = axes.get_xlabel() + axes.get_ylabel()
        assert names, "an axes without a name"


def test_a_picture_is_800_pixels_wide_and_fits_a_page_without_losing_colours(
    picture: Figure,
) -> None:
    width, _ = picture.get_size_inches() * picture.dpi
    assert width == 800
    assert len(png_bytes(picture, max_bytes=10_000_000)) <= 150_000


def test_no_label_lies_on_another_or_is_cut_off(picture: Figure) -> None:
    canvas = picture.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    boxes = [
        (text.get_text(), text.get_window_extent(canvas.get_renderer()))
        for axes in picture.axes
        for text in _labels(axes)
        if text.get_text().strip() and text.get_visible()
    ]
    for (one, a), (other, b) in combinations(boxes, 2):
        # boxes hold the line's whole height, so neighbours may share a pixel or two
        inside = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(inside) < 2, f"{one!r} lies on {other!r}"
    for name, box in boxes:
        assert box.x0 >= -1, f"{name!r} is cut off"
        assert box.x1 <= picture.bbox.width + 1, f"{name!r} is cut off"


def _labels(axes) -> list[Text]:
    low, high = sorted(axes.get_xlim())
    bottom, top = sorted(axes.get_ylim())
    ticks = [
        tick.label1
        for axis, (start, end) in ((axes.xaxis, (low, high)), (axes.yaxis, (bottom, top)))
        for tick in axis.get_major_ticks()
        if start <= tick.get_loc() <= end and tick.label1.get_visible()
    ]
    titles = [axes.title, axes._left_title]
    return [*ticks, *titles, axes.xaxis.label, axes.yaxis.label, *axes.texts]
