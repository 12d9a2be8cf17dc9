"""What follows a crawl: tables on what there is, and one failure that stays one failure."""

from pathlib import Path
from typing import Any

import dagster as dg
import joblib
import pytest
from sklearn.linear_model import LinearRegression

from spotyt_dagster.learning.evaluation.feature_sets import leaks
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.reporting.formatting import share
from spotyt_dagster.settings import Settings
from spotyt_dagster.tables.official import video_doubts
from spotyt_dagster_tests.defs.pipeline import Pipeline, failed_checks

TABLES = [
    f"tables/{name}"
    for name in (
        "crawled_tracks", "crawl_errors", "clean_tracks", "dropped_rows", "track_features",
        "baseline_tracks",
    )
]  # fmt: skip


@pytest.fixture
def crawled(ingested: Pipeline) -> Pipeline:
    assert all(result.success for result in ingested.crawl_all())
    return ingested


def test_growth_over_a_change_of_what_a_view_is_says_so_beside_the_table(crawled: Pipeline):
    result = crawled.run("analysis", only=TABLES)
    (event,) = result.asset_materializations_for_node("tables__track_features")
    rows = event.metadata["dagster/row_count"].value
    note = str(event.metadata["growth"].value)
    assert note.startswith(f"growth of {rows:,} of {rows:,} rows mixes two definitions of a view")


def test_tables_keep_or_account_for_every_official_track(crawled: Pipeline):
    result = crawled.run("analysis", only=TABLES)
    assert result.success
    official = crawled.table("ingest/official_tracks")
    kept, dropped = crawled.table("tables/track_features"), crawled.table("tables/dropped_rows")
    assert sorted([*kept["row"], *dropped["row"]]) == official["row"].tolist()
    assert dropped["reason"].notna().all()
    assert failed_checks(result) == set()


def test_provenance_travels_to_the_last_table(crawled: Pipeline):
    crawled.run("analysis", only=TABLES)
    features = crawled.table("tables/track_features")
    assert set(features["raw_source"]) == {"file"}
    assert set(features["api"]) == {"sandbox"}
    assert set(crawled.table("tables/baseline_tracks")["api"]) == {"none"}


def test_with_one_batch_missing_the_rest_is_used_and_a_check_tells_the_share(ingested: Pipeline):
    for batch in ingested.batches()[:-1]:
        ingested.run("crawl", batch)
    result = ingested.run("analysis", only=TABLES)
    assert result.success
    assert "crawl_coverage" in failed_checks(result)
    dropped = ingested.table("tables/dropped_rows")
    assert "not crawled yet" in set(dropped["reason"])
    assert len(ingested.table("tables/track_features"))


def test_with_nothing_crawled_the_tables_are_empty_and_the_baseline_stands(ingested: Pipeline):
    result = ingested.run("analysis", only=TABLES)
    assert result.success
    assert ingested.table("tables/track_features").empty
    assert len(ingested.table("tables/baseline_tracks"))


def test_a_model_that_cannot_be_fitted_is_a_row_and_a_failed_check_and_the_rest_goes_on(
    ingested: Pipeline,
):
    result = ingested.run("analysis", only=[*TABLES, "regression/ols", "regression/linear"])
    assert result.success
    for model in ("ols", "linear"):
        failed = ingested.table(f"regression/{model}").query("status == 'failed'")
        assert failed["notes"].str.len().min() > 0
    assert "fitted" in failed_checks(result)


@pytest.mark.slow
@pytest.mark.timeout(900)  # every model, on a small table
def test_the_report_shows_the_run_and_that_its_numbers_are_simulated(crawled: Pipeline):
    result = crawled.run("analysis")
    assert result.success
    page = Path(crawled.settings.storage, "report", "report", "report.html")
    text = page.read_text(encoding="utf-8")
    assert "SIMULATED NUMBERS" in text
    for model in ("regression/ols", "regression/knn", "clustering/kmeans"):
        assert f'"{model.replace("/", "-")}"' in text
    official = crawled.table("ingest/official_tracks")
    for what, count in video_doubts(official).items():
        assert f"<dt>{what.capitalize()}</dt>" in text
        assert f"<dd>{count:,} ({share(count / len(official))})</dd>" in text


def test_a_model_leaves_pictures_tables_and_its_estimator_and_describes_them(
    crawled: Pipeline,
):
    crawled.run("analysis", only=TABLES)
    result = crawled.run("analysis", only=["clustering/autoencoder"])
    (event,) = result.asset_materializations_for_node("clustering__autoencoder")
    pictures = [name for name in event.metadata if name.startswith("picture: ")]
    assert pictures
    assert isinstance(event.metadata[pictures[0]], dg.MarkdownMetadataValue)
    assert any(isinstance(value, dg.FloatMetadataValue) for value in event.metadata.values())
    assert event.metadata["device"].value in ("cpu", "cuda")
    assert event.metadata["effort"].value == "quick"
    assert "KMeans" in str(event.metadata["estimator settings"].value)
    folder = Path(str(event.metadata["files"].value))
    assert {f"{name.removeprefix('picture: ')}.png" for name in pictures} <= {
        path.name for path in folder.iterdir()
    }


def test_the_saved_estimator_is_the_leak_free_one_of_all_rows_and_says_so(crawled: Pipeline):
    crawled.run("analysis", only=TABLES)
    result = crawled.run("analysis", only=["regression/linear"])
    (event,) = result.asset_materializations_for_node("regression__linear")
    described: dict[str, Any] = {name: value.value for name, value in event.metadata.items()}
    tracks = crawled.table("tables/track_features").set_index("row", drop=False)
    assert described["estimator target"] == "viewCount"
    assert described["estimator rows"] == len(tracks)
    assert described["estimator fitted on"] == (
        f"{len(tracks):,} of {len(tracks):,} rows, crawled columns"
    )
    features = described["estimator features"]
    assert leaks(features, "regression") == []
    estimator = joblib.load(str(described["estimator"]))
    assert list(estimator.feature_names_in_) == features
    inputs = tracks[features].astype("float64")
    by_hand = imputed(LinearRegression(), scale=True).fit(inputs, tracks["viewCount"].astype(float))
    assert estimator.predict(inputs) == pytest.approx(by_hand.predict(inputs))


@pytest.mark.slow
def test_a_second_run_leaves_no_file_of_the_first_behind(crawled: Pipeline, settings: Settings):
    crawled.run("analysis", only=TABLES)
    crawled.run("analysis", only=["clustering/kmeans"])
    folder = Path(settings.storage) / "clustering" / "kmeans"
    stale = folder / "a_picture_of_old.png"
    stale.write_bytes(b"png")
    crawled.run("analysis", only=["clustering/kmeans"])
    assert not stale.exists()
    assert not list(folder.glob(".*.tmp"))


def test_a_table_of_one_batch_in_all_is_joined_like_any_other(
    settings: Settings, instance: dg.DagsterInstance
):
    pipeline = Pipeline(settings.model_copy(update={"batch_rows": 10_000}), instance)
    assert pipeline.run("ingest").success
    assert pipeline.run("analysis", only=TABLES).success
    assert pipeline.table("tables/track_features").empty
    assert all(result.success for result in pipeline.crawl_all())
    assert pipeline.run("analysis", only=TABLES).success
    assert len(pipeline.table("tables/track_features"))
