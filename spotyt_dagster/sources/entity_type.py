"""What a crawled entity type is, and the service that is asked for it.

Only the forms stand here. The records stand beside the clients that they describe (`youtube.py`,
`spotify.py`), the list of all of them in `entities.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import requests

from spotyt_dagster.sources.crawl_store import CrawlStore, EntityRecord
from spotyt_dagster.sources.ledger import Bucket

#: Ids that YouTube and Spotify take per request at most (YouTube answers more with invalidFilters).
MAX_IDS_PER_REQUEST = 50


@dataclass(frozen=True)
class Access:
    """What a service's client is made from.

    Attributes:
        urls: base addresses, in the order of `Service.live_urls`.
        credentials: in the order of `Service.secrets`.
        daily_units: limits of a day that the settings give, by name of the bucket.
        session: shared by the threads of a crawl.
        store: ledger and records.
    """

    urls: Sequence[str]
    credentials: Sequence[str]
    daily_units: Mapping[str, int]
    session: requests.Session
    store: CrawlStore


@dataclass(frozen=True)
class Service:
    """An HTTP API that entities are asked of.

    Attributes:
        name: in lower case; its assets' names and its pool's begin with it.
        title: as people write it.
        secrets: environment variables with the credentials of a live crawl. The first one is the
            account that the service counts calls for.
        live_urls: base addresses of the live service. Neither settings nor fields of a resource: a
            run's config that changes an address, to plain http even, would be sent the keys.
        sandbox_paths: what stands in their places below the sandbox's address.
        client: makes the client that `EntityType.fetch` is given.
    """

    name: str
    title: str
    secrets: tuple[str, ...]
    live_urls: tuple[str, ...]
    sandbox_paths: tuple[str, ...]
    client: Callable[[Access], Any]

    def account(self, secrets: Mapping[str, str]) -> str:
        """Look up the credential that names our account.

        Args:
            secrets: credentials by environment variable.

        Returns:
            The first one; empty for a service that needs none.
        """
        return secrets[self.secrets[0]] if self.secrets else ""


@dataclass(frozen=True)
class EntityType:
    """A type of entity that is crawled by id: how its records are fetched, and their table.

    Attributes:
        name: singular, at most 16 characters; what records, locks and `crawl_errors` call it.
        plural: the same of many; with the service's name it makes the asset's (`youtube_videos`).
        description: what the asset's page says, one sentence.
        service: what is asked.
        bucket: what a request draws on, for no account in particular.
        fetch: asks the service's client for at most `ids_per_request` ids; stores what it returns.
        to_table: makes the table of records; the second argument is `live` or `sandbox`. No records
            make an empty table with the same columns and dtypes.
        id_column: column of the ids, in this table and in the one that lists them.
        join_on: columns by which `tables/crawled_tracks` joins this table. With `api` among them it
            adds its own columns alone; without, also `api`, `fetched_at` and the reason why an
            entity is missing.
        listed_in: the type whose table lists the ids; None where `ingest/crawl_batches` does.
        stand_in: column of `ingest/crawl_batches` that a plan counts for ids which are not known
            before `listed_in` is crawled; None where each of its entities may bring another id.
        ids_per_request: how many ids a request takes at most.
    """

    name: str
    plural: str
    description: str
    service: Service
    bucket: Bucket
    fetch: Callable[[Any, Sequence[str]], Sequence[EntityRecord]]
    to_table: Callable[[Sequence[EntityRecord], str], pd.DataFrame]
    id_column: str
    join_on: tuple[str, ...]
    listed_in: "EntityType | None" = None
    stand_in: str | None = None
    ids_per_request: int = MAX_IDS_PER_REQUEST

    @property
    def table(self) -> str:
        """Name of the asset that holds the records of a batch, in the group `crawl`."""
        return f"{self.service.name}_{self.plural}"

    def ids(self, batch: pd.DataFrame, listing: pd.DataFrame | None = None) -> pd.Series:
        """Find the ids that a batch asks for.

        Args:
            batch: the batch's lines of `ingest/crawl_batches`.
            listing: the batch's table of `listed_in`, if there is one. It may be left from batches
                of another size: entities that the batch does not list are ignored.

        Returns:
            The ids, text, repeated ones included.
        """
        if self.listed_in is None or listing is None:
            return batch[self.id_column].dropna()
        column = self.listed_in.id_column
        return listing.loc[listing[column].isin(batch[column]), self.id_column].dropna()
