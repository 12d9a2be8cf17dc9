"""The mean of the training rows: what a regressor scores that looks at no track."""

import pytest

from spotyt_dagster.learning.regression.dummy import MODEL
from spotyt_dagster.learning.result import Result


@pytest.fixture(scope="module")
def result(tracks, baseline, settings) -> Result:
    return MODEL.run(tracks, baseline, settings)


def test_every_track_gets_the_mean_of_the_rows_learnt_from(result, tracks) -> None:
    known = result.tables["predictions"].query("protocol == 'study'").set_index("row")
    learnt_from = tracks.set_index("row")["viewCount"].drop(known.index)
    assert known["prediction"].to_numpy() == pytest.approx(learnt_from.mean())
    by_fold = result.tables["predictions"].query("protocol == 'grouped'").groupby("fold")
    assert by_fold["prediction"].nunique().eq(1).all()


def test_it_explains_nothing_and_orders_nothing(result) -> None:
    metrics = result.metrics.set_index("metric")["value"]
    assert (metrics["r2"] <= 0).all()
    assert metrics["spearman"].isna().all()
