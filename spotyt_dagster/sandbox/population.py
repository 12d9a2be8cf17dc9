"""The entities of the sandbox's world: their fixed attributes, and all numbers of one day.

Arrays only, one position an entity, so that 20,718 rows take a tenth of a second. Single answers
are picked out in `world.py`; formulas of growth are `growth.py`'s.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from hashlib import blake2b

import numpy as np
import pandas as pd

from spotyt_dagster.sandbox import growth
from spotyt_dagster.tables.children import is_childrens_channel

#: `hashed_random.uniforms` with its seed given.
Draw = Callable[[Iterable[str], str, Sequence[str]], dict[str, np.ndarray]]

# No data at hand give today's numbers below, so where no source is named they are assumed: of a
# likely size, and correlated with what they depend on, for the models to have something to find.
#
# The leak-free features (subscribers, popularity, followers, year of publication) depend on no
# video's own counts, only on how famous its artists are. Subscribers drawn from the channel's views
# leaked those of a one-video channel: R² 0.77 with them on the real table, 0.37 without.

#: Likes hidden today beyond those empty in 2023 (29 of the 15,723 official rows, 0.2 %): 0.3 %
#: in all.
LIKES_HIDDEN_SHARE = 0.001
#: Comment sections closed today beyond those that show in the table; about 2 % in all.
COMMENTS_OFF_SHARE = 0.005
#: No comment at all under so many views means the section was closed, not that it was quiet: 192
#: official rows of the real file, 1.2 %.
COMMENTS_OFF_VIEWS = 100_000
#: Videos above so many views are never deleted: a label's greatest earners stay. Children's videos
#: stay too, so that the study's ten rows are ten here.
NEVER_GONE_VIEWS = 100_000_000

#: Channels that hide their subscriber count: rare among official ones.
SUBSCRIBERS_HIDDEN_SHARE = 0.01
#: One subscriber to so many streams of the middle track of a channel's artists, times the channel's
#: videos in the table; the channel with the most (10**10.0, Ed Sheeran's) then has about 170
#: million, the median one 0.9 million.
STREAMS_PER_SUBSCRIBER = 60
SUBSCRIBERS_SPREAD = 0.8
SUBSCRIBERS_A_YEAR = 0.06
#: Years a channel was there before the first of its videos in the table, at most.
CHANNEL_YEARS_BEFORE = 2.0

#: Artist ids that Spotify no longer knows: merged or withdrawn pages.
ARTISTS_UNKNOWN_SHARE = 0.005
#: Tracks with streams that an artist must have in the table for their middle one to be the artist's
#: fame: of fewer, it would leak one track's own streams. All but ten of the real file's have five.
FAME_TRACKS = 5
#: Median of the artists' middle tracks in the real file, log10 of streams; the greatest is 9.2.
FAME_MEDIAN = 7.7
#: One follower to so many streams of an artist's middle track: 2 million of the median artist.
STREAMS_PER_FOLLOWER = 25
FOLLOWERS_SPREAD = 0.5
FOLLOWERS_A_YEAR = 0.08
#: Popularity of the median artist, and more for ten times the fame: the most famous then has 89.
POPULARITY_MEDIAN = 68.0
POPULARITY_PER_DECADE = 14.0
POPULARITY_SPREAD = 4.0
POPULARITY_SWING = 2.0


class Videos:
    """Fixed attributes of the n videos; the numbers of one day are `Day`'s.

    Args:
        rows: one row a track: video, title, channel, Views, Likes, Comments, fame (of its artist).
        draw: gives each id its uniform numbers.
    """

    def __init__(self, rows: pd.DataFrame, draw: Draw):
        # One video can be in several rows, read minutes apart: the greatest is the latest.
        frame = rows.groupby("video", sort=False).agg(
            {
                "title": "first",
                "channel": "first",
                "Views": "max",
                "Likes": "max",
                "Comments": "max",
                "fame": "mean",
            }
        )
        draws = draw(
            frame.index,
            "video",
            ["age", "pace", "gone", "likes hidden", "comments off", "spam", "likes", "comments"],
        )
        self.at = {name: place for place, name in enumerate(frame.index)}
        self.titles = frame["title"].fillna("").tolist()
        self.channel, names = pd.factorize(frame["channel"])
        self.channel_names = list(names)
        kids = np.array([is_childrens_channel(name) for name in names], dtype=bool)[self.channel]
        self.made_for_kids = kids.tolist()
        self.counts_2023 = {
            name: frame[name].fillna(0).to_numpy() for name in ("Views", "Likes", "Comments")
        }
        views = self.counts_2023["Views"]
        self.likes_hidden = (
            frame["Likes"].isna().to_numpy() | (draws["likes hidden"] < LIKES_HIDDEN_SHARE)
        ).tolist()
        self.comments_off = (
            frame["Comments"].isna().to_numpy()
            | (frame["Comments"].eq(0).to_numpy() & (views > COMMENTS_OFF_VIEWS))
            | (draws["comments off"] < COMMENTS_OFF_SHARE)
            | kids
        ).tolist()
        self.gone_draw = np.where(kids | (views > NEVER_GONE_VIEWS), 1.0, draws["gone"])
        self.fame = frame["fame"].to_numpy()
        self.age = growth.ages(draws["age"], self.fame)
        self.published = [growth.COLLECTED - timedelta(days=d) for d in self.age * growth.YEAR_DAYS]
        spam = draws["spam"] < growth.SPAM_SHARE
        self.spam_left = np.where(
            spam, 1 - growth.SPAM_LOSS * draws["spam"] / growth.SPAM_SHARE, 1.0
        )
        self.pace = np.where(spam, 0.0, growth.paces(draws["pace"]))
        self.likes_pace = self.pace * growth.between(draws["likes"], growth.LIKES_PACE)
        self.comments_pace = self.pace * growth.between(draws["comments"], growth.COMMENTS_PACE)

    def counts(self, name: str, pace: np.ndarray, years: float) -> np.ndarray:
        """Counts of every video on a day.

        Args:
            name: "Views", "Likes" or "Comments".
            pace: exponents of growth, shape (n,).
            years: from `growth.COLLECTED`.

        Returns:
            int64, shape (n,).
        """
        grown = growth.grown(self.counts_2023[name], self.age, pace, years)
        return (grown if years == 0 else np.floor(grown * self.spam_left)).astype(np.int64)


class Channels:
    """Fixed attributes of the channels, one for each distinct name among the videos.

    Args:
        videos: the videos that are on them.
        draw: gives each name its uniform numbers.
    """

    def __init__(self, videos: Videos, draw: Draw):
        from scipy.special import ndtri

        self.titles = videos.channel_names
        draws = draw(self.titles, "channel", ["subscribers", "hidden", "age", "others", "videos"])
        self.ids = [channel_id(title) for title in self.titles]
        self.at = {name: place for place, name in enumerate(self.ids)}
        listed = np.bincount(videos.channel, minlength=len(self.titles))
        fame = np.bincount(videos.channel, videos.fame, len(self.titles)) / np.maximum(listed, 1)
        self.subscribers_2023 = (
            listed
            * 10**fame
            / STREAMS_PER_SUBSCRIBER
            * np.exp(SUBSCRIBERS_SPREAD * ndtri(draws["subscribers"]))
        )
        self.subscribers_hidden = (draws["hidden"] < SUBSCRIBERS_HIDDEN_SHARE).tolist()
        oldest = np.zeros(len(self.titles))
        np.maximum.at(oldest, videos.channel, videos.age)
        ages = np.minimum(oldest + CHANNEL_YEARS_BEFORE * draws["age"], growth.AGE_RANGE[1])
        self.published = [growth.COLLECTED - timedelta(days=d) for d in ages * growth.YEAR_DAYS]
        self.views_beside = 1 + 2 * draws["others"]
        self.videos = (listed * (1 + 20 * draws["videos"])).astype(int).tolist()


class Artists:
    """Fixed attributes of the artists.

    `fame` is log10 of the streams of an artist's middle track, which no single track determines.

    Args:
        rows: one row a track: artist (an id), name, Stream.
        draw: gives each id its uniform numbers.
    """

    def __init__(self, rows: pd.DataFrame, draw: Draw):
        from scipy.special import ndtri

        frame = rows.groupby("artist", sort=False).agg({"name": "first"})
        draws = draw(frame.index, "artist", ["unknown", "popularity", "followers", "season"])
        self.at = {name: place for place, name in enumerate(frame.index)}
        self.names = frame["name"].tolist()
        self.unknown = (draws["unknown"] < ARTISTS_UNKNOWN_SHARE).tolist()
        streamed = rows[rows["Stream"] > 0].groupby("artist")["Stream"]
        middle = streamed.median().where(streamed.size() >= FAME_TRACKS)
        # 22 artists of the real file have no streams at all: they are taken for median ones.
        self.fame = np.log10(middle.reindex(frame.index).to_numpy(float, na_value=np.nan))
        self.fame[np.isnan(self.fame)] = FAME_MEDIAN
        self.popularity_mean = (
            POPULARITY_MEDIAN
            + POPULARITY_PER_DECADE * (self.fame - FAME_MEDIAN)
            + POPULARITY_SPREAD * ndtri(draws["popularity"])
        )
        self.season = draws["season"]
        self.followers_2023 = (
            10**self.fame
            / STREAMS_PER_FOLLOWER
            * np.exp(FOLLOWERS_SPREAD * ndtri(draws["followers"]))
        )


class Day:
    """Every number on one day, as lists from which answers pick single values.

    Args:
        videos: all of them.
        channels: of the videos.
        artists: all of them.
        years: from `growth.COLLECTED`.
    """

    def __init__(self, videos: Videos, channels: Channels, artists: Artists, years: float):
        views = videos.counts("Views", videos.pace, years)
        self.views = views.tolist()
        self.likes = videos.counts("Likes", videos.likes_pace, years).tolist()
        self.comments = videos.counts("Comments", videos.comments_pace, years).tolist()
        self.gone = growth.gone(videos.gone_draw, years).tolist()
        in_table = np.bincount(videos.channel, views, len(channels.ids))
        self.channel_views = (in_table * channels.views_beside).astype(np.int64).tolist()
        subscribers = channels.subscribers_2023 * (1 + SUBSCRIBERS_A_YEAR) ** years
        self.subscribers = growth.three_digits(subscribers).tolist()
        followers = artists.followers_2023 * (1 + FOLLOWERS_A_YEAR) ** years
        self.followers = followers.astype(np.int64).tolist()
        swing = POPULARITY_SWING * np.sin(2 * np.pi * (years + artists.season))
        popularity = np.clip(np.rint(artists.popularity_mean + swing), 0, 100)
        self.popularity = popularity.astype(int).tolist()


def channel_id(title: str) -> str:
    """The id of the channel of that name: "UC" and 22 characters, as YouTube's are."""
    return "UC" + urlsafe_b64encode(blake2b(title.encode(), digest_size=16).digest()).decode()[:22]
