"""Today's numbers, batch by batch: one asset for each entity type of `sources/entities.py`.

A crawl that the day's quota ends is no failure: the step succeeds without a file, the partition
stays missing, and an observation says how far it came and when it resumes.
"""

from collections.abc import Iterator
from typing import Any, cast

import dagster as dg
import pandas as pd

from spotyt_dagster.defs.conventions import asset_defaults, pool_of, user_errors_as_failures
from spotyt_dagster.defs.partitions import CRAWL_BATCHES
from spotyt_dagster.defs.resources import ApiClients
from spotyt_dagster.sources.crawl import CrawlResult, CrawlStoppedByQuota
from spotyt_dagster.sources.entities import ENTITY_TYPES
from spotyt_dagster.sources.entity_type import EntityType
from spotyt_dagster.tables.batches import rows_of

#: What a crawl asset yields: its table, or where it stopped.
Outcome = Iterator[dg.Output[pd.DataFrame] | dg.AssetObservation]


def crawl_key(entity_type: EntityType) -> dg.AssetKey:
    """The key of the asset that crawls an entity type."""
    return dg.AssetKey(["crawl", entity_type.table])


def _crawl_asset(entity_type: EntityType) -> dg.AssetsDefinition:
    listed_in = entity_type.listed_in
    listing = {} if listed_in is None else {"listing": dg.AssetIn(key=crawl_key(listed_in))}

    @dg.asset(
        name=entity_type.table,
        ins={"crawl_batches": dg.AssetIn(key=["ingest", "crawl_batches"]), **listing},
        description=entity_type.description,
        pool=pool_of(entity_type.service.name),
        partitions_def=CRAWL_BATCHES,
        output_required=False,
        dagster_type=pd.DataFrame,
        **asset_defaults("crawl", entity_type.service.name, "parquet"),
    )
    def crawled(
        context: dg.AssetExecutionContext,
        apis: ApiClients,
        crawl_batches: pd.DataFrame,
        **tables: pd.DataFrame,
    ) -> Outcome:
        with user_errors_as_failures():
            batch = rows_of(crawl_batches, context.partition_key)
        ids = entity_type.ids(batch, tables.get("listing"))
        with user_errors_as_failures(), apis.open() as crawler:
            try:
                result = crawler.crawl(entity_type, ids)
                table = entity_type.to_table(result.records, apis.api)
                yield dg.Output(table, metadata=_summary(result))
            except CrawlStoppedByQuota as stopped:
                yield _stopped(context, stopped)

    return cast(dg.AssetsDefinition, crawled)


def _stopped(
    context: dg.AssetExecutionContext, stopped: CrawlStoppedByQuota
) -> dg.AssetObservation:
    result = stopped.result
    context.log.warning(
        f"{result.pages_answered} of {result.pages} pages asked, then {stopped}. What was "
        "answered is kept; materialize this partition again then."
    )
    resumes_at = dg.MetadataValue.timestamp(stopped.resumes_at.timestamp())
    return dg.AssetObservation(
        context.asset_key,
        partition=context.partition_key,
        description=str(stopped),
        metadata={**_summary(result), "resumes at": resumes_at},
    )


def _summary(result: CrawlResult) -> dict[str, Any]:
    return {
        "pages asked": result.pages_answered,
        "pages in all": result.pages,
        "could not be read": result.missing,
    }


ASSETS = [_crawl_asset(entity_type) for entity_type in ENTITY_TYPES]
