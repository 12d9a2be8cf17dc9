"""From the raw file to the batches that a crawl takes one at a time."""

from pathlib import Path

import dagster as dg
import pandas as pd

from spotyt_dagster.settings import Settings
from spotyt_dagster_tests.defs.pipeline import Pipeline, failed_checks, failure_messages


def changed(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update=values)


def test_batches_hold_so_many_rows_and_the_rest(ingested: Pipeline):
    official = ingested.table("ingest/official_tracks")
    sizes = ingested.table("ingest/crawl_batches")["batch"].value_counts(sort=False)
    assert ingested.batches() == list(sizes.index)
    assert sizes.sum() == len(official)
    assert (sizes.iloc[:-1] == ingested.settings.batch_rows).all()


def test_an_exact_multiple_makes_no_empty_last_batch(
    ingested: Pipeline, settings: Settings, instance: dg.DagsterInstance
):
    tracks = len(ingested.table("ingest/official_tracks"))
    assert Pipeline(changed(settings, batch_rows=tracks), instance).run("ingest").success
    assert set(ingested.table("ingest/crawl_batches")["batch"]) == {"batch-0001"}


def test_a_track_keeps_its_batch_when_the_file_is_the_same(ingested: Pipeline):
    before = ingested.table("ingest/crawl_batches")
    assert ingested.run("ingest").success
    pd.testing.assert_frame_equal(before, ingested.table("ingest/crawl_batches"))


def test_a_single_bad_row_is_set_apart_with_its_reason_and_a_check_says_so(
    small_csv: Path, tmp_path: Path, settings: Settings, instance: dg.DagsterInstance
):
    damaged = pd.read_csv(small_csv, dtype="str", keep_default_na=False)
    damaged.loc[5, "Energy"] = "7.5"
    path = tmp_path / "damaged.csv"
    damaged.to_csv(path, index=False)
    pipeline = Pipeline(changed(settings, raw=str(path)), instance)
    result = pipeline.run("ingest")
    assert result.success
    rejected = pipeline.table("ingest/rejected_rows")
    assert rejected["row"].tolist() == [5]
    assert "Energy" in rejected["reason"].item()
    assert len(pipeline.table("ingest/raw_tracks")) == len(damaged) - 1
    assert failed_checks(result) == {"nothing_rejected"}


def test_a_wrong_file_stops_with_its_message_and_leaves_the_old_tables(
    ingested: Pipeline, tmp_path: Path, settings: Settings, instance: dg.DagsterInstance
):
    before = ingested.table("ingest/raw_tracks")
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    result = Pipeline(changed(settings, raw=str(path)), instance).run("ingest")
    assert not result.success
    assert "lacks" in failure_messages(result)
    assert "Danceability" in failure_messages(result)
    pd.testing.assert_frame_equal(before, ingested.table("ingest/raw_tracks"))


def test_every_table_says_how_many_rows_which_columns_and_where_they_come_from(
    pipeline: Pipeline,
):
    event = pipeline.run("ingest").asset_materializations_for_node("ingest__official_tracks")[0]
    metadata = event.metadata
    assert metadata["dagster/row_count"].value == len(pipeline.table("ingest/official_tracks"))
    assert metadata["raw_source"].value == "file"
    columns = metadata["dagster/column_schema"].value
    assert isinstance(columns, dg.TableSchema)
    assert all(column.description for column in columns.columns)
