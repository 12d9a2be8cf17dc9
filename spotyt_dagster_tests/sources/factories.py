"""Answers that tests put into a store without any call."""

from datetime import datetime

from spotyt_dagster.sources.crawl_store import Answer, CrawlStore
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster_tests.sandbox.small_table import NOON

UNBOUND = Bucket("spotify/calls", None)


def answer(id_: str, kind: str = "video", at: datetime = NOON, **payload) -> Answer:
    """An answer as a service might have given it at a moment."""
    return Answer(kind, id_, payload or {"views": "1"}, None, at)


def keep(store: CrawlStore, *answers: Answer) -> None:
    """Put answers into a store as one paid call brings them."""
    store.keep(UNBOUND, store.reserve(UNBOUND), answers)
