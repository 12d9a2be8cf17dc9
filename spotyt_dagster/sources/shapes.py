"""The documented shapes of the services' answers: only what has one is a fact about an id.

Fields that this product does not read are ignored; a field may be absent, but not odd. They are
named as the services name them.
"""

# ruff: noqa: N815

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .http import Transient

#: The largest number that the tables' columns hold.
LARGEST_COUNT = 2**63 - 1


def is_count(value: Any) -> bool:
    """Whether this is a count, as a number or as its digits, that the tables can hold."""
    if isinstance(value, str):
        digits = value.isascii() and value.isdecimal() and len(value) <= 19
        return digits and int(value) <= LARGEST_COUNT
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def is_instant(value: Any) -> bool:
    """Whether this is an RFC 3339 text with its zone."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _count(value: str | int) -> str | int:
    if not is_count(value):
        raise ValueError("not a count")
    return value


def _instant(value: str) -> str:
    if not is_instant(value):
        raise ValueError("not a moment with its zone")
    return value


Count = Annotated[str | int, AfterValidator(_count)]


class Shape(BaseModel):
    """Of these types exactly; more fields may stand beside."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Snippet(Shape):
    publishedAt: Annotated[str, AfterValidator(_instant)] = "1970-01-01T00:00:00Z"
    channelId: str = ""


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


def require(as_documented: bool, service: str) -> None:
    """Go on only with an answer of the documented shape; another may come when asked again.

    Raises:
        Transient: it has not that shape. A proxy's or a failing service's 200 once made fifty
            videos "deleted" for a day.
    """
    if not as_documented:
        raise Transient(f"{service} answers 200 with something that is not its documented answer")


def identified(items: Any) -> bool:
    """Whether these are items of which each bears its id."""
    return isinstance(items, list) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in items
    )
