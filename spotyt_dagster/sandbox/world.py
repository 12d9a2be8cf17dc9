"""The simulated world behind the sandbox: what exists, and its numbers on a given day.

Entities are `population.py`'s, growth `growth.py`'s, comments `comments.py`'s; the forms in which
the services answer are `youtube_api.py`'s and `spotify_api.py`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import pandas as pd

from spotyt_dagster.sandbox import comments, growth
from spotyt_dagster.sandbox.hashed_random import uniforms
from spotyt_dagster.sandbox.population import Artists, Channels, Day, Videos

#: Days whose numbers are kept at hand; a run asks for one or two.
DAYS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Video:
    """A video on a day. A count is None where its owner hides it or has switched comments off."""

    id: str
    title: str
    channel_id: str
    channel_title: str
    published: datetime
    made_for_kids: bool
    views: int
    likes: int | None
    comments: int | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel on a day; subscribers are rounded down to three digits, None where hidden."""

    id: str
    title: str
    published: datetime
    subscribers: int | None
    views: int
    videos: int


@dataclass(frozen=True, slots=True)
class Artist:
    """A Spotify artist on a day; popularity lies in 0 to 100."""

    id: str
    name: str
    popularity: int
    followers: int


class World:
    """Every video, channel and artist of a raw table, on any day from 2023 on.

    An answer is a function of the id, the day, the seed and the table alone. Numbers start from the
    table's figures at `growth.COLLECTED` and never fall below them, but for the few videos that
    lose spam views (`growth.SPAM_SHARE`).

    Args:
        tracks: a raw table, n rows; read are Artist, Url_spotify, Url_youtube, Title, Channel,
            Views, Likes, Comments and Stream.
        seed: 0 to 2**64 - 1.
    """

    def __init__(self, tracks: pd.DataFrame, seed: int):
        rows = pd.DataFrame(
            {
                "video": tracks["Url_youtube"].str[-11:],
                "artist": tracks["Url_spotify"].str[-22:],
                "name": tracks["Artist"],
                "title": tracks["Title"],
                "channel": tracks["Channel"],
                **{
                    name: tracks[name].astype("float64")
                    for name in ("Views", "Likes", "Comments", "Stream")
                },
            }
        )
        self._seed = seed
        draw = partial(uniforms, seed=seed)
        self._artists = Artists(rows, draw)
        fame = pd.Series(self._artists.fame, self._artists.at, dtype="float64")
        rows["fame"] = fame.reindex(rows["artist"]).to_numpy()
        seen = rows.dropna(subset=["video", "channel", "Views"])
        self._videos = Videos(seen, draw)
        self._channels = Channels(self._videos, draw)
        self._days: dict[date, Day] = {}

    @property
    def video_ids(self) -> Sequence[str]:
        """Ids of all videos of the table, gone ones among them, in order of first row."""
        return list(self._videos.at)

    @property
    def artist_ids(self) -> Sequence[str]:
        """Ids of all artists of the table, unknown ones among them, in order of first row."""
        return list(self._artists.at)

    def video(self, video_id: str, at: date) -> Video | None:
        """A video on a day, None where there is none (any more)."""
        place = self._videos.at.get(video_id)
        if place is None:
            return None
        day = self._day(at)
        if day.gone[place]:
            return None
        videos = self._videos
        return Video(
            id=video_id,
            title=videos.titles[place],
            channel_id=self._channels.ids[videos.channel[place]],
            channel_title=self._channels.titles[videos.channel[place]],
            published=videos.published[place],
            made_for_kids=videos.made_for_kids[place],
            views=day.views[place],
            likes=None if videos.likes_hidden[place] else day.likes[place],
            comments=None if videos.comments_off[place] else day.comments[place],
        )

    def channel(self, channel_id: str, at: date) -> Channel | None:
        """A channel on a day, None where there is none."""
        place = self._channels.at.get(channel_id)
        if place is None:
            return None
        channels, day = self._channels, self._day(at)
        hidden = channels.subscribers_hidden[place]
        return Channel(
            id=channel_id,
            title=channels.titles[place],
            published=channels.published[place],
            subscribers=None if hidden else day.subscribers[place],
            views=day.channel_views[place],
            videos=channels.videos[place],
        )

    def artist(self, artist_id: str, at: date) -> Artist | None:
        """An artist on a day, None where there is none."""
        place = self._artists.at.get(artist_id)
        if place is None or self._artists.unknown[place]:
            return None
        artists, day = self._artists, self._day(at)
        return Artist(artist_id, artists.names[place], day.popularity[place], day.followers[place])

    def comment_threads(
        self,
        video_id: str,
        at: date,
        *,
        order: comments.Order = "relevance",
        start: int = 0,
        count: int = 20,
    ) -> comments.Page | None:
        """A page of a video's comment threads.

        Args:
            video_id: of the video.
            at: the day.
            order: "relevance", or "time" (newest first).
            start: threads to skip.
            count: most threads on the page.

        Returns:
            None where the video is gone or its comments are off (`video` distinguishes the two).
        """
        video = self.video(video_id, at)
        if video is None or video.comments is None:
            return None
        videos, place = self._videos, self._videos.at[video_id]
        section = comments.Section(
            video_id=video_id,
            channel_id=video.channel_id,
            published=video.published,
            age=float(videos.age[place]),
            pace=float(videos.comments_pace[place]),
            comments_2023=float(videos.counts_2023["Comments"][place]),
            comments=video.comments,
            seed=self._seed,
        )
        return comments.page(section, at, order, start, count)

    def _day(self, at: date) -> "Day":
        if at not in self._days:
            if len(self._days) >= DAYS_KEPT:
                self._days.pop(next(iter(self._days)))
            years = growth.years_since_collected(at)
            self._days[at] = Day(self._videos, self._channels, self._artists, years)
        return self._days[at]
