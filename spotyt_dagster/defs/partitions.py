"""The one set of partitions: crawl batches, registered by `ingest/crawl_batches`.

The table `ingest/crawl_batches` says which batches there are. An instance's keys say only what can
be launched by name, and may be those of another storage or, in a new DAGSTER_HOME, none.
"""

import os

import click
import dagster as dg
from dagster._core.definitions.partitions.context import PartitionLoadingContext

from spotyt_dagster.exceptions import UnknownBatchError

CRAWL_BATCH = "crawl_batch"


class UnregisteredBatchError(click.ClickException, UnknownBatchError):
    """A batch asked for by name that the instance does not know.

    One of click's exceptions, because `dagster` and `dg` are made with click and show any other as
    a stack trace of 60 lines.
    """


class CrawlBatches(dg.DynamicPartitionsDefinition):
    """Dynamic partitions that say what to do where one is unknown."""

    def validate_partition_key(self, partition_key: str, context: PartitionLoadingContext) -> None:
        """Take a key that the instance knows.

        Raises:
            UnregisteredBatchError: it does not.
        """
        try:
            super().validate_partition_key(partition_key, context)
        except dg.DagsterUnknownPartitionError:
            raise UnregisteredBatchError(_unregistered(partition_key)) from None


def _unregistered(key: str) -> str:
    home = os.environ.get("DAGSTER_HOME")
    if not home:
        return (
            f"The crawl batch {key} is unknown, because DAGSTER_HOME is not set and each command "
            "then begins with an empty history: set it once for all of them, as with "
            '`export DAGSTER_HOME="$PWD/.dagster_home"` (the folder that `make` and `spotyt` use), '
            "and materialize `group:ingest`, which registers the batches."
        )
    return (
        f"The crawl batch {key} is unknown in DAGSTER_HOME={home}: materialize `group:ingest` "
        "there, which registers the batches, and ask for one that ingest/crawl_batches lists."
    )


CRAWL_BATCHES = CrawlBatches(name=CRAWL_BATCH)
