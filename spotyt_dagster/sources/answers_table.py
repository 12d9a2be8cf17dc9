"""Answers of an API as a table: the columns that every crawled table shares, and their dtypes."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from .crawl_store import Answer


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


def texts(values: Sequence[str | None]) -> Any:
    """A text column; None stays missing."""
    return pd.array(list(values), dtype="str")


def counts(values: Sequence[str | int | None]) -> Any:
    """An integer column from numbers or their digits; None stays missing."""
    return pd.array([None if value is None else int(value) for value in values], dtype="Int64")


def flags(values: Sequence[bool | None]) -> Any:
    """A boolean column; None stays missing."""
    return pd.array(list(values), dtype="boolean")


def instants(values: Sequence[Any]) -> pd.DatetimeIndex:
    """A time-stamp column at microseconds, from RFC 3339 texts or aware datetimes.

    UTC without saying so in the dtype: DuckDB reads a time zone only with its ICU extension, which
    its wheel does not hold and which it would fetch from the network.
    """
    moments = pd.DatetimeIndex(pd.to_datetime(list(values), utc=True, format="ISO8601"))
    return moments.tz_localize(None).as_unit("us")
