"""The raw table, its official tracks, and the batches they are crawled in."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pandas as pd

from spotyt_dagster.defs.conventions import asset_defaults, user_errors_as_failures
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.resources import BatchSettings, RawSource
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.tables import batches, official


@dg.multi_asset(
    outs={
        "raw_tracks": dg.AssetOut(
            description='Every row of the "Spotify and Youtube" table that keeps to its schema.',
            is_required=False,
            **asset_defaults("ingest", "pandas", "parquet"),
        ),
        "rejected_rows": dg.AssetOut(
            description="The rows that do not, each with the reason.",
            is_required=False,
            **asset_defaults("ingest", "pandas", "parquet"),
        ),
    },
    can_subset=True,
)
def raw_tracks(
    context: dg.AssetExecutionContext, raw_source: RawSource
) -> Iterator[dg.Output[pd.DataFrame]]:
    """Reads and checks the raw table; yields the one or the other part alone where asked to."""
    with user_errors_as_failures():
        good, rejected = read_tracks(raw_source.source, raw_source.seed)
    for name, table in (("raw_tracks", good), ("rejected_rows", rejected)):
        if dg.AssetKey(["ingest", name]) in context.selected_asset_keys:
            yield dg.Output(table, name)


@dg.asset(**asset_defaults("ingest", "duckdb", "parquet"))
def official_tracks(raw_tracks: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The tracks whose video is an official one, with the ids that the crawl asks for."""
    return official.official_tracks(raw_tracks)


@dg.asset(**asset_defaults("ingest", "duckdb", "parquet"))
def crawl_batches(
    context: dg.AssetExecutionContext,
    batch_settings: BatchSettings,
    official_tracks: duckdb.DuckDBPyRelation,
) -> duckdb.DuckDBPyRelation:
    """Which batch each official track is crawled in; registers the batches as partitions.

    Keys are added and none is deleted: those that are not in this table may belong to another
    storage under the same DAGSTER_HOME.
    """
    table = batches.crawl_batches(official_tracks, batch_settings.rows)
    keys = batches.batch_keys(len(official_tracks), batch_settings.rows)
    context.instance.add_dynamic_partitions(CRAWL_BATCH, keys)
    context.add_output_metadata({"batches": len(keys), "rows a batch": batch_settings.rows})
    return table
