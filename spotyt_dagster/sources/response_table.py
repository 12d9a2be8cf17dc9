"""Records of an API as a table: the columns that every crawled table shares, and their dtypes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.shapes import is_count, moment


def records_table(
    id_column: str, records: Sequence[EntityRecord], api: str, **columns: Any
) -> pd.DataFrame:
    """Make a table of one row per record.

    Args:
        id_column: name of the column with the entities' ids.
        records: of one entity type.
        api: who said so, `live` or `sandbox`.
        **columns: what was said, a column each, in the records' order.

    Returns:
        The ids, the given columns, then fetched_at (UTC), api and missing_reason.
    """
    return pd.DataFrame(
        {
            id_column: texts([record.entity_id for record in records]),
            **columns,
            "fetched_at": instants([record.fetched_at for record in records]),
            "api": texts([api] * len(records)),
            "missing_reason": texts([record.missing_reason for record in records]),
        }
    )


def part(payload: Any, name: str) -> dict:
    """Look up a part of a payload.

    Args:
        payload: a record's payload or a part of one.
        name: of the part.

    Returns:
        The part; empty where it is absent or no object, as in rows of older versions.
    """
    found = payload.get(name) if isinstance(payload, dict) else None
    return found if isinstance(found, dict) else {}


def texts(values: Sequence[Any]) -> Any:
    """Make a text column.

    Args:
        values: of any type.

    Returns:
        A `str` array; missing is what is no text, and text with half a character (a lone
        surrogate), which no file can store.
    """
    return pd.array([one if _is_text(one) else None for one in values], dtype="str")


def counts(values: Sequence[Any]) -> Any:
    """Make an integer column.

    Args:
        values: counts or their digits.

    Returns:
        An `Int64` array; what is no count is missing.
    """
    return pd.array([int(one) if is_count(one) else None for one in values], dtype="Int64")


def flags(values: Sequence[Any]) -> Any:
    """Make a boolean column.

    Args:
        values: of any type.

    Returns:
        A `boolean` array; what is neither true nor false is missing.
    """
    return pd.array([one if isinstance(one, bool) else None for one in values], dtype="boolean")


def instants(values: Sequence[Any]) -> pd.DatetimeIndex:
    """Make a time-stamp column.

    UTC without saying so in the dtype: DuckDB reads a time zone only with its ICU extension, which
    its wheel does not bring and which it would fetch from the network.

    Args:
        values: RFC 3339 texts or aware datetimes.

    Returns:
        Microseconds, UTC, without a zone; what is no moment is missing.
    """
    readable: list[Any] = [one if isinstance(one, datetime) else moment(one) for one in values]
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Index(readable, dtype="object"), utc=True))
    return moments.tz_localize(None).as_unit("us")


def _is_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False
