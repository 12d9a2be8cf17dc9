"""The documented shapes of the services' answers: only what has one is a fact about an id.

Fields that this product does not read are ignored; a field may be absent, but not odd. They are
named as the services name them.
"""

# ruff: noqa: N815

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from spotyt_dagster.sources.crawl_store import Answer
from spotyt_dagster.sources.http import TransientError

#: The largest number that the tables' columns hold.
LARGEST_COUNT = 2**63 - 1


def is_count(value: Any) -> bool:
    """Whether this is a count, as a number or as its digits, that the tables can hold."""
    if isinstance(value, str):
        digits = value.isascii() and value.isdecimal() and len(value) <= 19
        return digits and int(value) <= LARGEST_COUNT
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def moment(value: Any) -> datetime | None:
    """The moment of an RFC 3339 text with its zone, or None.

    Only of a year in which a video can be dated: others leave the range of a time stamp in UTC.
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


def _instant(value: str) -> str:
    if moment(value) is None:
        raise ValueError("not a moment with its zone")
    return value


Count = Annotated[str | int, AfterValidator(_count)]


class Shape(BaseModel):
    """Of these types exactly; more fields may stand beside."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Snippet(Shape):
    publishedAt: Annotated[str, AfterValidator(_instant)] = "1970-01-01T00:00:00Z"
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
    """Whether an item of an answer is as documented."""
    try:
        shape.model_validate(item)
    except ValidationError:
        return False
    return True


def require(as_documented: object, service: str) -> None:
    """Go on only with an answer of the documented shape; another may come when asked again.

    Raises:
        TransientError: it has not that shape. A proxy's or a failing service's 200 once made fifty
            videos "deleted" for a day.
    """
    if not as_documented:
        raise TransientError(
            f"{service} answers 200 with something that is not its documented answer"
        )


def none_read(answers: Sequence[Answer]) -> bool:
    """Whether several entities were found and none of them could be read."""
    found = [answer for answer in answers if answer.missing_reason != "not_found"]
    return len(found) > 1 and all(answer.missing_reason == "error" for answer in found)


def require_any_read(answers: Sequence[Answer], service: str) -> None:
    """Go on unless none of several entities could be read: then it is the page that is odd.

    Raises:
        TransientError: as `require`.
    """
    require(not none_read(answers), service)


def identified(items: Any) -> bool:
    """Whether these are items of which each bears its id."""
    return isinstance(items, list) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in items
    )
