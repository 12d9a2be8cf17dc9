"""Comments under the sandbox's videos, generated thread by thread on request.

Threads are numbered by age, 0 the oldest; thread number k never changes, so pages fetched on
different days agree on what they share. A video with 16 million comments costs nothing until a page
of it is read.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import numpy as np

from spotyt_dagster.clock import QUOTA_ZONE
from spotyt_dagster.sandbox.growth import YEAR_DAYS
from spotyt_dagster.sandbox.hashed_random import uniforms

Order = Literal["relevance", "time"]

#: Comments, replies counted in, to one thread.
COMMENTS_PER_THREAD = 1.4
#: YouTube embeds at most so many replies in a thread.
REPLIES_SHOWN = 5
#: A section that hardly grows (pace near 0) still got its comments over some time.
PACE_LEAST = 0.05
#: Likes of the first thread of a section with one thread; later threads gather fewer.
LIKES_OF_FIRST = 3.0

#: People who comment, in the whole world.
LISTENERS = 10**9

OPENINGS = (
    "Still here in {year}",
    "This never gets old",
    "Who else came back for this",
    "Goosebumps every time",
    "The bridge is everything",
    "My whole childhood",
    "On repeat since it came out",
    "Temazo 🔥",
    "Obra de arte",
    "최고예요",
    "最高すぎる",
    "Quelle voix",
)
CLOSINGS = ("", "!", " ❤️", " 😭😭", "\n\nthank you for this", " (second verse <3)", ' "that" drop')
ANSWERS = ("same", "so true", "yes!!", "I was there 🙌", "no one asked", "this ^")


@dataclass(frozen=True, slots=True)
class Section:
    """A comment section on a day.

    Attributes:
        age: years from publication to `growth.COLLECTED`.
        pace: exponent of growth of its comments.
        comments_2023: comments at `growth.COLLECTED`, replies counted in.
        comments: the same on the day.
    """

    video_id: str
    channel_id: str
    published: datetime
    age: float
    pace: float
    comments_2023: float
    comments: int
    seed: int


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; its author by number, `text` as it was typed, line breaks and all."""

    id: str
    author: int
    text: str
    likes: int
    published: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A top comment, how many replies it has, and the first of them."""

    top: Comment
    reply_count: int
    replies: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some threads of a section, and how many it has in all."""

    threads: tuple[Thread, ...]
    total: int


def page(section: Section, at: date, order: Order, start: int, count: int) -> Page:
    """Threads `start` to `start + count` of a section, in that order.

    By relevance the oldest come first: early comments gather the likes.
    """
    total = _threads_in(section.comments)
    ranks = range(start, min(start + count, total))
    numbers = list(ranks) if order == "relevance" else [total - 1 - rank for rank in ranks]
    return Page(tuple(_threads(section, at, numbers)), total)


def _threads_in(comments: float) -> int:
    return int(np.ceil(comments / COMMENTS_PER_THREAD))


def _threads(section: Section, at: date, numbers: list[int]) -> list[Thread]:
    keys = [f"{section.video_id}.{number}" for number in numbers]
    draws = uniforms(
        keys, "thread", ["opening", "closing", "author", "likes", "replies"], section.seed
    )
    end = datetime.combine(at, time(), QUOTA_ZONE).astimezone(UTC)
    threads = []
    for place, number in enumerate(numbers):
        published = min(_published(section, number), end)
        gathered = LIKES_OF_FIRST * _threads_in(section.comments_2023) / (number + 1)
        reply_count = _heavy(draws["replies"][place], COMMENTS_PER_THREAD - 1)
        opening = _pick(OPENINGS, draws["opening"][place]).format(year=published.year)
        top = Comment(
            id=f"Ug{keys[place]}",
            author=int(draws["author"][place] * LISTENERS),
            text=opening + _pick(CLOSINGS, draws["closing"][place]),
            likes=_heavy(draws["likes"][place], gathered),
            published=published,
        )
        replies = tuple(
            _reply(top, index, end, section.seed)
            for index in range(min(reply_count, REPLIES_SHOWN))
        )
        threads.append(Thread(top, reply_count, replies))
    return threads


def _published(section: Section, number: int) -> datetime:
    """When the section reached its thread of this number: the inverse of `growth.grown`."""
    share = (number + 1) / max(_threads_in(section.comments_2023), 1)
    years = section.age * share ** (1 / max(section.pace, PACE_LEAST))
    return section.published + timedelta(days=min(years, 100) * YEAR_DAYS)


def _reply(top: Comment, index: int, end: datetime, seed: int) -> Comment:
    draws = uniforms([f"{top.id}.{index}"], "reply", ["text", "author", "likes", "days"], seed)
    return Comment(
        id=f"{top.id}.{index}",
        author=int(draws["author"][0] * LISTENERS),
        text=_pick(ANSWERS, draws["text"][0]),
        likes=_heavy(draws["likes"][0], 0.5),
        published=min(top.published + timedelta(days=30 * draws["days"][0]), end),
    )


def _heavy(uniform: float, scale: float) -> int:
    """A heavy-tailed number from 0 up (Lomax, shape 2) that fits YouTube's uint32."""
    return min(int(scale * (uniform**-0.5 - 1)), 2**32 - 1)


def _pick(choices: tuple[str, ...], uniform: float) -> str:
    return choices[int(uniform * len(choices))]
