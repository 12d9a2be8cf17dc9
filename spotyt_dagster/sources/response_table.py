"""Answers of an API as a table: the columns that every crawled table shares, and their dtypes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from spotyt_dagster.sources.crawl_store import Answer
from spotyt_dagster.sources.shapes import is_count, moment


def answers_table(
    id_column: str, answers: Sequence[Answer], api: str, **columns: Any
) -> pd.DataFrame:
    """One row an answer: its id, the given columns, fetched_at, api, missing_reason."""
    return pd.DataFrame(
        {
            id_column: texts([answer.entity_id for answer in answers]),
            **columns,
            "fetched_at": instants([answer.fetched_at for answer in answers]),
            "api": texts([api] * len(answers)),
            "missing_reason": texts([answer.missing_reason for answer in answers]),
        }
    )


def part(payload: Any, name: str) -> dict:
    """A part of an answer; empty where it is absent or no object, as in rows of older versions."""
    found = payload.get(name) if isinstance(payload, dict) else None
    return found if isinstance(found, dict) else {}


def texts(values: Sequence[Any]) -> Any:
    """A text column; what is no text is missing, and half a character, which no file can hold."""
    return pd.array([one if _is_text(one) else None for one in values], dtype="str")


def counts(values: Sequence[Any]) -> Any:
    """An integer column from numbers or their digits; what is no count is missing."""
    return pd.array([int(one) if is_count(one) else None for one in values], dtype="Int64")


def flags(values: Sequence[Any]) -> Any:
    """A boolean column; what is neither true nor false is missing."""
    return pd.array([one if isinstance(one, bool) else None for one in values], dtype="boolean")


def instants(values: Sequence[Any]) -> pd.DatetimeIndex:
    """A time-stamp column at microseconds, from RFC 3339 texts or aware datetimes.

    UTC without saying so in the dtype: DuckDB reads a time zone only with its ICU extension, which
    its wheel does not hold and which it would fetch from the network.
    """
    readable: list[Any] = [one if isinstance(one, datetime) else moment(one) for one in values]
    moments = pd.DatetimeIndex(pd.to_datetime(pd.Index(readable, dtype="object"), utc=True))
    return moments.tz_localize(None).as_unit("us")


def _is_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False
