"""From what was crawled to what the models read: the group `tables`."""

import dagster as dg
import duckdb

from spotyt_dagster.defs.automation import AFTER_A_CRAWL
from spotyt_dagster.defs.conventions import asset_defaults
from spotyt_dagster.defs.crawl import crawl_key
from spotyt_dagster.defs.stored_tables import TableReader
from spotyt_dagster.sources.entities import ENTITY_TYPES
from spotyt_dagster.tables import clean, crawled, features
from spotyt_dagster.tables.crawled import CrawledTable

Relation = duckdb.DuckDBPyRelation

_TABLE = asset_defaults("tables", "duckdb", "parquet", automation_condition=AFTER_A_CRAWL)
_OFFICIAL = {"official_tracks": dg.AssetIn(key=["ingest", "official_tracks"])}
_BATCHES = {"crawl_batches": dg.AssetIn(key=["ingest", "crawl_batches"])}

_CRAWLED = [crawl_key(entity_type) for entity_type in ENTITY_TYPES]


@dg.asset(ins=_OFFICIAL | _BATCHES, deps=_CRAWLED, **_TABLE)
def crawled_tracks(
    tables: TableReader, official_tracks: Relation, crawl_batches: Relation
) -> Relation:
    """The official tracks beside what the crawl read of their video, channel and artist."""
    return crawled.crawled_tracks(
        official_tracks, crawl_batches, _every_batch(tables, crawl_batches)
    )


@dg.asset(ins=_BATCHES, deps=_CRAWLED, **_TABLE)
def crawl_errors(tables: TableReader, crawl_batches: Relation) -> Relation:
    """What could not be read: which entity, why, when, and whether asking again may help."""
    return crawled.crawl_errors(_every_batch(tables, crawl_batches))


@dg.asset(**_TABLE)
def clean_tracks(crawled_tracks: Relation) -> Relation:
    """The crawled tracks that can be worked with; `dropped_rows` names the others."""
    return clean.clean_tracks(crawled_tracks)


@dg.asset(**_TABLE)
def dropped_rows(context: dg.AssetExecutionContext, crawled_tracks: Relation) -> Relation:
    """The tracks that cleaning leaves out, each with the reason."""
    dropped = clean.dropped_rows(crawled_tracks)
    context.add_output_metadata(clean.counts_by_reason(dropped.df()))
    return dropped


@dg.asset(**_TABLE)
def track_features(context: dg.AssetExecutionContext, clean_tracks: Relation) -> Relation:
    """What the models read: growth since 2023, year, logarithms, the class `youtube_leaning`."""
    for note in features.growth_notes(clean_tracks.select("fetched_at").df()):
        context.add_output_metadata({"growth": note})
    return features.track_features(clean_tracks)


@dg.asset(
    ins=_OFFICIAL,
    **asset_defaults(
        "tables", "duckdb", "parquet", automation_condition=dg.AutomationCondition.eager()
    ),
)
def baseline_tracks(official_tracks: Relation) -> Relation:
    """The official tracks with the 2023 columns alone: nothing crawled, so nothing simulated."""
    return features.baseline_features(clean.baseline_tracks(official_tracks))


def _every_batch(tables: TableReader, crawl_batches: Relation) -> list[CrawledTable[Relation]]:
    # Not as inputs: Dagster would load the partitions that the instance knows, which are those of
    # the storage that was ingested last, or none in a new DAGSTER_HOME.
    return [
        CrawledTable(
            one.name,
            tables.batches(crawl_key(one), crawl_batches, one.to_table((), "none")),
            one.id_column,
            one.join_on,
        )
        for one in ENTITY_TYPES
    ]
