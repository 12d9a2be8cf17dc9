"""The raw table, its official tracks, and the batches they are crawled in."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import pandas as pd

from ..sources.kaggle import read_tracks
from ..tables import batches, official
from .house import in_group, told_plainly
from .partitions import CRAWL_BATCH
from .resources import BatchSettings, RawSource


@dg.multi_asset(
    outs={
        "raw_tracks": dg.AssetOut(
            description='Every row of the "Spotify and Youtube" table that keeps to its schema.',
            **in_group("ingest", "pandas", "parquet"),
        ),
        "rejected_rows": dg.AssetOut(
            description="The rows that do not, each with the reason.",
            **in_group("ingest", "pandas", "parquet"),
        ),
    },
)
def raw_tracks(raw_source: RawSource) -> Iterator[dg.Output[pd.DataFrame]]:
    """Reads and checks the raw table."""
    with told_plainly():
        good, rejected = read_tracks(raw_source.source, raw_source.seed)
    yield dg.Output(good, "raw_tracks")
    yield dg.Output(rejected, "rejected_rows")


@dg.asset(**in_group("ingest", "duckdb", "parquet"))
def official_tracks(raw_tracks: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The tracks whose video is an official one, with the ids that the crawl asks for."""
    return official.official_tracks(raw_tracks)


@dg.asset(**in_group("ingest", "duckdb", "parquet"))
def crawl_batches(
    context: dg.AssetExecutionContext,
    batch_settings: BatchSettings,
    official_tracks: duckdb.DuckDBPyRelation,
) -> duckdb.DuckDBPyRelation:
    """Which batch each official track is crawled in; registers the batches as partitions."""
    table = batches.crawl_batches(official_tracks, batch_settings.rows)
    keys = batches.batch_keys(len(official_tracks), batch_settings.rows)
    stale = set(context.instance.get_dynamic_partitions(CRAWL_BATCH)) - set(keys)
    for key in sorted(stale):
        context.instance.delete_dynamic_partition(CRAWL_BATCH, key)
    context.instance.add_dynamic_partitions(CRAWL_BATCH, keys)
    context.add_output_metadata({"batches": len(keys), "rows a batch": batch_settings.rows})
    return table
