"""The sandbox that a pipeline starts for itself, once a process, and that ends with the process."""

import atexit
import functools
from datetime import datetime

import pandas as pd
from upath import UPath

from spotyt_dagster.clock import frozen_clock, system_clock
from spotyt_dagster.exceptions import naming
from spotyt_dagster.sandbox.spotify_api import Tier
from spotyt_dagster.sandbox.world import World

_READ = [
    "Artist",
    "Url_spotify",
    "Url_youtube",
    "Title",
    "Channel",
    "Views",
    "Likes",
    "Comments",
    "Stream",
]


def own_sandbox(
    raw_tracks: UPath, seed: int, tier: Tier, now: datetime | None, daily_units: int
) -> str:
    """Address of a sandbox on a free loopback port that answers for the tracks of a Parquet file.

    A second call with the same file and arguments gives the same server.

    Args:
        raw_tracks: the raw table; a changed file gets a new server.
        seed: of the sandbox's numbers.
        tier: Spotify's, `extended` or `development`.
        now: the simulated moment, None for the system's clock.
        daily_units: YouTube units a day that the server grants.
    """
    changed = str(raw_tracks.stat().st_mtime)
    return _started(str(raw_tracks), changed, seed, tier, now, daily_units)


@functools.cache
def _started(
    path: str, _changed: str, seed: int, tier: Tier, now: datetime | None, daily_units: int
) -> str:
    from spotyt_dagster.sandbox.server import SandboxServer

    with naming(path), UPath(path).open("rb") as file:
        world = World(pd.read_parquet(file, columns=_READ), seed)
    clock = system_clock if now is None else frozen_clock(now)
    server = SandboxServer(world, clock, tier=tier, youtube_daily_units=daily_units)
    server.start()
    atexit.register(server.close)
    return server.url
