"""Which assets run together."""

import dagster as dg

_CRAWL = dg.AssetSelection.groups("crawl")
_INGEST = dg.AssetSelection.groups("ingest")

INGEST = dg.define_asset_job(
    "ingest", selection=_INGEST, description="Read the raw table and cut the crawl batches."
)
CRAWL = dg.define_asset_job(
    "crawl",
    selection=_CRAWL,
    description="Crawl one batch: its videos, their channels, its artists.",
)
ANALYSIS = dg.define_asset_job(
    "analysis",
    selection=dg.AssetSelection.all() - _CRAWL - _INGEST,
    description="Everything that follows a crawl: tables, models, leaderboard, report.",
)
JOBS = [INGEST, CRAWL, ANALYSIS]
