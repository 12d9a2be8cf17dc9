"""Records that tests put into a store without any call."""

from datetime import datetime

from spotyt_dagster.sources.crawl_store import CrawlStore, EntityRecord
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster_tests.sandbox.small_table import NOON

UNBOUND = Bucket("spotify/calls", None)


def record(
    id_: str, entity_type: str = "video", at: datetime = NOON, **payload: object
) -> EntityRecord:
    """What a service might have said of an entity at a moment."""
    return EntityRecord(entity_type, id_, payload or {"views": "1"}, None, at)


def save(store: CrawlStore, *records: EntityRecord) -> None:
    """Put records into a store as one paid call brings them."""
    store.save_response(UNBOUND, store.ledger.reserve(UNBOUND), records)
