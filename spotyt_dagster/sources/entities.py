"""The registry of what is crawled: an entity type is in the product once its record is in the list.

What a record says is explained in `entity_type.py`; docs/add_a_source.md shows how to write one.
"""

from collections.abc import Mapping, Sequence

from spotyt_dagster.sources import spotify, youtube
from spotyt_dagster.sources.entity_type import EntityType, Service
from spotyt_dagster.sources.ledger import Bucket

#: In the order in which a plan and `tables/crawled_tracks` take them: a type that another one's
#: table lists comes after that one.
ENTITY_TYPES: tuple[EntityType, ...] = (
    youtube.VIDEOS,
    youtube.CHANNELS,
    spotify.ARTISTS,
)


def services(entity_types: Sequence[EntityType] = ENTITY_TYPES) -> tuple[Service, ...]:
    """List the services that are asked.

    Args:
        entity_types: what is crawled.

    Returns:
        Each service once, in order of first use.
    """
    return tuple(dict.fromkeys(one.service for one in entity_types))


def last_of_each_service(
    entity_types: Sequence[EntityType] = ENTITY_TYPES,
) -> tuple[EntityType, ...]:
    """List what a service is asked last for a batch: once all are there, the batch was crawled.

    Args:
        entity_types: what is crawled.

    Returns:
        The types whose table lists the ids of no other one.
    """
    listing = {one.listed_in for one in entity_types}
    return tuple(one for one in entity_types if one not in listing)


def buckets(
    secrets: Mapping[str, str],
    daily_units: Mapping[str, int],
    entity_types: Sequence[EntityType] = ENTITY_TYPES,
) -> tuple[Bucket, ...]:
    """List what the services count for our accounts.

    Args:
        secrets: credentials by environment variable.
        daily_units: limits of a day that the settings give, by name of the bucket.
        entity_types: what is crawled.

    Returns:
        Each bucket once, with account and limit, in order of first use.
    """
    return tuple(
        bucket.of_account(service.account(secrets), daily_units.get(bucket.name))
        for bucket, service in dict.fromkeys((one.bucket, one.service) for one in entity_types)
    )
