"""Which columns a model may look at: the study's, the leak-free ones, those of release time.

Only names of columns, and the rules about them. Columns are made in tables/features.py and
tables/release.py; joining them to a target and to rows is task.py's work.

The study's pages do not list its inputs. Its feature-importance tables name Likes,
spotifyPopularity, spotifyFollowers, youtubeChannelSubscriber and publishedYear, its eliminations
name audio columns, and R² 0.51 rules out that the 2023 Views were among them (they alone explain
nearly all of viewCount). So "study" here is audio, the 2023 Likes (for regression Comments and
Stream too) and the four crawled columns.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd

from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.tables import schema
from spotyt_dagster.tables.logarithms import log_name, raw_name
from spotyt_dagster.tables.release import CHANNEL, FACTS, TITLE, Fact, artist_facts, own_name

Task = Literal["regression", "classification"]
Snapshot = Literal["crawled", "baseline"]
Columns = tuple[str, ...]

AUDIO: Columns = tuple(schema.AUDIO)
"""The eleven audio columns of the raw table."""

CRAWLED_CONTEXT: Columns = (
    "publishedYear",
    "youtubeChannelSubscriber",
    "spotifyPopularity",
    "spotifyFollowers",
)
"""What the crawl says about the artist, the channel and the age of the video, not its success."""

LOG_CONTEXT: Columns = (
    "publishedYear",
    "log10_youtubeChannelSubscriber",
    "spotifyPopularity",
    "log10_spotifyFollowers",
)
"""CRAWLED_CONTEXT with the heavy-tailed counts on a log scale, so distances mean something."""

STUDY: dict[tuple[Task, Snapshot], Columns] = {
    ("regression", "crawled"): (*AUDIO, "Likes", "Comments", "Stream", *CRAWLED_CONTEXT),
    ("regression", "baseline"): (*AUDIO, "Likes", "Comments", "Stream"),
    ("classification", "crawled"): (*AUDIO, "Likes", *CRAWLED_CONTEXT),
    ("classification", "baseline"): (*AUDIO, "Likes"),
}

SOUND = tuple(log_name(name) if name == "Duration_ms" else name for name in AUDIO)
"""AUDIO with the duration on a log scale. Eleven real tracks last over an hour, up to 33 standard
deviations from the mean: a line through log10 Views missed them by powers of ten (R² -7e8 in views,
0.29 with the logarithm), and each would be a cluster of its own."""

LEAK_FREE: dict[tuple[Task, Snapshot], Columns] = {
    ("regression", "crawled"): (*SOUND, "log10_Stream", *LOG_CONTEXT),
    ("regression", "baseline"): (*SOUND, "log10_Stream"),
    ("classification", "crawled"): (*SOUND, *LOG_CONTEXT),
    ("classification", "baseline"): SOUND,
}

RELEASE_FACTS: dict[Task, tuple[Fact, ...]] = {
    task: (*FACTS, *artist_facts(LEAK_FREE[task, "baseline"]), CHANNEL, TITLE)
    for task in ("regression", "classification")
}
"""What is known when a video goes up, besides the sound, with what each fact rests on."""

RELEASE_TIME: dict[Task, Columns] = {
    task: (*LEAK_FREE[task, "baseline"], *(fact.name for fact in facts))
    for task, facts in RELEASE_FACTS.items()
}
"""The leak-free columns of 2023 and the facts of release: nothing crawled, so the same for both
snapshots. Channel and Title are names, of which pipelines.with_names() makes numbers. Regression
keeps the track's own streams, as LEAK_FREE does, though they come after release."""

CLUSTERING: dict[Snapshot, Columns] = {
    "crawled": (
        *(*SOUND, "log10_viewCount", "log10_likeCount", "log10_commentCount", "log10_Stream"),
        *LOG_CONTEXT,
    ),
    "baseline": (*SOUND, "log10_Views", "log10_Likes", "log10_Comments", "log10_Stream"),
}
"""What tracks are grouped by: sound and success. Counts on log scales, else a few hits of billions
of views would each be a cluster of their own."""

_VIDEO_COUNTS = ("Views", "Likes", "Comments", "viewCount", "likeCount", "commentCount")
GROWTH = ("delta_view", "delta_like", "delta_comment", "view_growth")
"""Columns that compare today's counts with those of 2023."""

CONTROLS: dict[str, Columns] = {"view_growth": ("log10_Views",)}
"""What stands beside the features of a target (by raw name) in both protocols, though it is a proxy
of other targets. How many times its views of 2023 a video has is asked of a video whose views of
2023 are known: they do not hold the answer, and without them a model cannot tell whether the large
grow by a smaller share."""

PROXIES: dict[Task, frozenset[str]] = {
    "regression": frozenset(_VIDEO_COUNTS + GROWTH),
    "classification": frozenset((*_VIDEO_COUNTS, *GROWTH, "Stream", "youtube_leaning")),
}
"""Columns too close to the target to be leak-free, by raw name (their log10_ forms count too).

Counts of the same video move with its views. Stream is one side of youtube_leaning's comparison,
so it is a proxy there, but an outside measurement when views are the target.
"""


_COUNTED = frozenset(
    fact.name for facts in RELEASE_FACTS.values() for fact in facts if fact.rests_on != "fit"
)


def release_steps(task: Task) -> dict[str, Columns]:
    """The columns of RELEASE_TIME added block by block to the leak-free ones, by the block's name.

    Example:
        >>> list(release_steps("regression"))[:3]
        ['leak-free', '+ album and licence', '+ names']
    """
    columns = LEAK_FREE[task, "baseline"]
    steps = {"leak-free": columns}
    for block in dict.fromkeys(fact.block for fact in RELEASE_FACTS[task]):
        columns += tuple(fact.name for fact in RELEASE_FACTS[task] if fact.block == block)
        steps[f"+ {block}"] = columns
    return steps


def snapshot_of(frame: pd.DataFrame) -> Snapshot:
    """Which snapshot a table holds: crawled if it has viewCount (track_features), else baseline.

    >>> snapshot_of(pd.DataFrame(columns=["Views"]))
    'baseline'
    """
    return "crawled" if "viewCount" in frame.columns else "baseline"


def controls(target: str) -> Columns:
    """Columns that a target's features include in both protocols; see CONTROLS."""
    return CONTROLS.get(raw_name(target), ())


def leaks(columns: Iterable[str], task: Task, target: str = "") -> list[str]:
    """Those of the columns that are proxies of the task's target, in the given order.

    Means over the artist's other tracks count too; those that are controls of this very target do
    not.
    """
    allowed = controls(target)
    return [c for c in columns if raw_name(own_name(c)) in PROXIES[task] and c not in allowed]


def available(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[Columns, Notes]:
    """The columns that hold at least one value, and notes that name the ones that do not.

    A column may be empty for every row: Spotify's development tier gives neither popularity nor
    followers. A column that the frame lacks altogether is a mistake and raises KeyError; that
    none at all is left raises ValueError.
    """
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise KeyError(f"the table has no column {', '.join(absent)}")
    filled = tuple(column for column in columns if frame[column].notna().any())
    if not filled:
        raise ValueError(f"all of {', '.join(columns)} are empty")
    empty = [column for column in columns if column not in filled]
    return filled, (f"dropped, empty for every row: {', '.join(empty)}",) * bool(empty)


def describe(columns: Sequence[str]) -> str:
    """The columns in short: "audio + Likes".

    The eleven audio columns are abbreviated when more than half of them are there: "audio
    (log10_Tempo) - Key + Likes" where one is a logarithm and one lacks. Facts of release are
    counted.
    """
    facts = [column for column in columns if column in _COUNTED]
    columns = [column for column in columns if column not in facts]
    counted = f" + {len(facts)} fact{'s' * (len(facts) > 1)} of release" * bool(facts)
    sound = [column for column in columns if raw_name(column) in AUDIO]
    if len(sound) <= len(AUDIO) // 2:
        return (" + ".join(columns) + counted).removeprefix(" + ")
    logs = ", ".join(column for column in sound if column not in AUDIO)
    absent = [column for column in AUDIO if column not in map(raw_name, sound)]
    others = [column for column in columns if column not in sound]
    return (
        "audio"
        + f" ({logs})" * bool(logs)
        + "".join(f" - {column}" for column in absent)
        + "".join(f" + {column}" for column in others)
        + counted
    )
