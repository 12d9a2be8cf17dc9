"""The documented shapes of the services' responses: only what has one says something of an id.

Fields that this product does not read are ignored; a field may be absent, but not odd. They are
named as the services name them.
"""

# ruff: noqa: N815

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from spotyt_dagster.sources.crawl_store import ERROR, EntityRecord
from spotyt_dagster.sources.http import TransientError

#: The largest number that the tables' columns hold.
LARGEST_COUNT = 2**63 - 1


def is_count(value: Any) -> bool:
    """Whether a value is a count that the tables can store.

    Args:
        value: of any type.

    Returns:
        True for a number or its ASCII digits, from 0 to `LARGEST_COUNT`.

    >>> is_count("12"), is_count(-1), is_count(True)
    (True, False, False)
    """
    if isinstance(value, str):
        digits = value.isascii() and value.isdecimal() and len(value) <= 19
        return digits and int(value) <= LARGEST_COUNT
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def moment(value: Any) -> datetime | None:
    """Read a moment.

    Args:
        value: of any type.

    Returns:
        The moment of an RFC 3339 text with its zone; None for anything else, and for a year before
        1900 or after 2200, which no video has and which may leave the range of a time stamp.
    """
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None and 1900 <= found.year <= 2200 else None


def _count(value: str | int) -> str | int:
    if not is_count(value):
        raise ValueError("not a count")
    return value


def instant(value: str) -> str:
    """Validate a field that holds a moment.

    Args:
        value: of the field.

    Returns:
        The same.

    Raises:
        ValueError: it is no RFC 3339 text with its zone, see `moment`.
    """
    if moment(value) is None:
        raise ValueError("not a moment with its zone")
    return value


Count = Annotated[str | int, AfterValidator(_count)]


class Shape(BaseModel):
    """An object whose fields are of these types exactly; further fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Snippet(Shape):
    publishedAt: Annotated[str, AfterValidator(instant)] = "1970-01-01T00:00:00Z"
    # An id that is asked for next: one with a comma in it would be two.
    channelId: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "UC"


class _VideoStatistics(Shape):
    viewCount: Count = 0
    likeCount: Count = 0
    commentCount: Count = 0


class _Status(Shape):
    madeForKids: bool = False


class Video(Shape):
    """An item of YouTube's videos; any part may be absent, none may be null."""

    id: str
    snippet: _Snippet = _Snippet()
    statistics: _VideoStatistics = _VideoStatistics()
    status: _Status = _Status()


class _ChannelStatistics(Shape):
    subscriberCount: Count = 0
    hiddenSubscriberCount: bool = False


class Channel(Shape):
    """An item of YouTube's channels."""

    id: str
    statistics: _ChannelStatistics = _ChannelStatistics()


class _Followers(Shape):
    total: Annotated[int, AfterValidator(_count)] | None = None


class Artist(Shape):
    """An artist of Spotify's; popularity and followers are absent or null on some tiers."""

    id: str
    popularity: Annotated[int, Field(ge=0, le=100)] | None = None
    followers: _Followers | None = None


def has_shape(item: Any, shape: type[Shape]) -> bool:
    """Whether an item of a response is as documented.

    Args:
        item: from JSON.
        shape: what is documented.

    Returns:
        False where a field is of another type or out of its range.
    """
    try:
        shape.model_validate(item)
    except ValidationError:
        return False
    return True


def require(as_documented: object, service: str) -> None:
    """Continue only with a response of the documented shape; asked again, another may come.

    Args:
        as_documented: true if it has that shape.
        service: whose response it is.

    Raises:
        TransientError: it has not that shape. A proxy's or a failing service's 200 once made fifty
            videos "deleted" for a day.
    """
    if not as_documented:
        raise TransientError(
            f"{service} answers 200 with something that is not its documented answer"
        )


def none_read(records: Sequence[EntityRecord]) -> bool:
    """Whether several entities were found and none of them could be read.

    Args:
        records: of one page of ids.

    Returns:
        True if, those that are not found aside, there are at least two and all are errors.
    """
    found = [record for record in records if record.missing_reason != "not_found"]
    return len(found) > 1 and all(record.missing_reason == ERROR for record in found)


def require_any_read(records: Sequence[EntityRecord], service: str) -> None:
    """Continue unless none of several entities could be read: then the response is at fault.

    Args:
        records: of one response.
        service: whose response it is.

    Raises:
        TransientError: none of the entities that were found could be read.
    """
    require(not none_read(records), service)


def identified(items: Any) -> bool:
    """Whether these are items with ids.

    Args:
        items: from JSON.

    Returns:
        True for a list of objects that each have a text `id`.
    """
    return isinstance(items, list) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in items
    )
