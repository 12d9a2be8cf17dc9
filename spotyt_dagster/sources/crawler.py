"""The open connections of one step: the clients of all services, ready to crawl any entity type."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests

from spotyt_dagster.sources.crawl import CrawlResult, crawl
from spotyt_dagster.sources.crawl_store import CrawlStore
from spotyt_dagster.sources.entities import ENTITY_TYPES, services
from spotyt_dagster.sources.entity_type import Access, EntityType, Service


@dataclass(frozen=True)
class Endpoints:
    """Where services are reached, as whom, and within which limits.

    Attributes:
        sandbox_url: address of the sandbox, without a slash at its end; None for the live services.
        secrets: credentials by environment variable.
        daily_units: limits of a day that the settings give, by name of the bucket.
    """

    sandbox_url: str | None
    secrets: Mapping[str, str]
    daily_units: Mapping[str, int]

    def urls(self, service: Service) -> list[str]:
        """List the base addresses of a service.

        Args:
            service: of the registry.

        Returns:
            The live ones, or what takes their places in the sandbox.
        """
        if self.sandbox_url is None:
            return list(service.live_urls)
        return [self.sandbox_url + path for path in service.sandbox_paths]

    def credentials(self, service: Service) -> list[str]:
        """List the credentials of a service.

        Args:
            service: of the registry.

        Returns:
            Their values, in the order of `Service.secrets`.
        """
        return [self.secrets[name] for name in service.secrets]


class Crawler:
    """The clients of all services over one session and one store.

    Attributes:
        store: ledger and records.

    Args:
        endpoints: where the services are reached.
        session: shared by all clients.
        store: ledger and records; its side (`live` or `sandbox`) is that of `endpoints`.
        parallel_calls: calls in flight at a time.
        entity_types: what may be crawled.

    Raises:
        SettingsError: a credential holds what none can hold.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        session: requests.Session,
        store: CrawlStore,
        parallel_calls: int,
        entity_types: Sequence[EntityType] = ENTITY_TYPES,
    ):
        self.store = store
        self._parallel_calls = parallel_calls
        self._clients = {
            service.name: service.client(
                Access(
                    endpoints.urls(service),
                    endpoints.credentials(service),
                    endpoints.daily_units,
                    session,
                    store,
                )
            )
            for service in services(entity_types)
        }

    def client(self, service: Service) -> Any:
        """Look up the client of a service.

        Args:
            service: of one of the entity types.

        Returns:
            What its `Service.client` made.
        """
        return self._clients[service.name]

    def crawl(self, entity_type: EntityType, ids: Iterable[str]) -> CrawlResult:
        """Crawl ids of one type, as `crawl.crawl` does.

        Args:
            entity_type: what the ids are of.
            ids: repeated ones are asked for once.

        Returns:
            The records of all ids.

        Raises:
            CrawlStoppedByQuota: quota ended it; what was reached is stored.
            SourceUnavailableError: the service keeps failing.
            ApiAccessError: the key, app or account is not accepted.
        """
        fetch = partial(entity_type.fetch, self.client(entity_type.service))
        return crawl(entity_type, ids, fetch, self.store, self._parallel_calls)
