"""The one set of partitions: crawl batches, registered by `ingest/crawl_batches`."""

import dagster as dg

CRAWL_BATCH = "crawl_batch"
CRAWL_BATCHES = dg.DynamicPartitionsDefinition(name=CRAWL_BATCH)
