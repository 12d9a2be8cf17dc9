"""What must hold of the tables; each check says whether it does and the figures behind it."""

from dataclasses import dataclass, field

import pandas as pd

from spotyt_dagster.exceptions import InvalidTableError
from spotyt_dagster.tables.official import video_doubts
from spotyt_dagster.tables.schema import DUPLICATE, faults_by_row, typed

#: Below this share of official tracks with today's views, results speak of a part only. The
#: sandbox's share of deleted videos is 1.5 %, rows incomplete in 2023 are not counted.
LEAST_COVERAGE = 0.9

#: YouTube takes spam views back now and then, so a few videos shrink; more mean mixed-up ids.
MOST_SHRUNKEN = 0.02


#: Rows that share a video with another, and rows whose video names neither track nor artist: 18.9 %
#: and 1.1 % of the official rows of the real file. More mean another table, or mixed-up videos.
MOST_SHARED, MOST_UNNAMED = 0.3, 0.03


@dataclass(frozen=True)
class CheckOutcome:
    """Outcome of a check."""

    passed: bool
    facts: dict[str, int | float] = field(default_factory=dict)


def keeps_to_schema(raw: pd.DataFrame) -> CheckOutcome:
    """Every stored raw row has the schema's columns, types and ranges."""
    origin = "ingest/raw_tracks"
    try:
        faulty = len(faults_by_row(typed(raw, origin), origin))
    except InvalidTableError:
        return CheckOutcome(False, {"rows": len(raw), "out of range": len(raw)})
    return CheckOutcome(faulty == 0, {"rows": len(raw), "out of range": faulty})


def nothing_rejected(rejected: pd.DataFrame) -> CheckOutcome:
    """The raw table had no row that was rejected."""
    duplicates = int((rejected["reason"] == DUPLICATE).sum())
    return CheckOutcome(
        rejected.empty,
        {"rejected rows": len(rejected), "of these duplicate lines": duplicates},
    )


def no_duplicates(table: pd.DataFrame) -> CheckOutcome:
    """Every raw row stands in the table at most once (joins have not multiplied rows)."""
    repeated = int(table["row"].duplicated().sum())
    return CheckOutcome(repeated == 0, {"rows": len(table), "repeated rows": repeated})


def videos_fit_tracks(official: pd.DataFrame) -> CheckOutcome:
    """Most official tracks have a video of their own that names the track or the artist."""
    doubts = video_doubts(official)
    shared, unnamed = (count / max(len(official), 1) for count in doubts.values())
    return CheckOutcome(
        shared <= MOST_SHARED and unnamed <= MOST_UNNAMED,
        {
            "official tracks": len(official),
            **doubts,
            "share that shares a video": shared,
            "share that names neither": unnamed,
        },
    )


def crawl_coverage(crawled: pd.DataFrame) -> CheckOutcome:
    """Most official tracks have today's views."""
    covered = float(crawled["viewCount"].notna().mean()) if len(crawled) else 0.0
    return CheckOutcome(
        covered >= LEAST_COVERAGE, {"official tracks": len(crawled), "share with views": covered}
    )


def deltas_plausible(features: pd.DataFrame) -> CheckOutcome:
    """Views have grown since 2023, but for a few videos."""
    grown = features["delta_view"].dropna()
    shrunken = float((grown < 0).mean()) if len(grown) else 1.0
    return CheckOutcome(
        shrunken <= MOST_SHRUNKEN,
        {"share with fewer views than in 2023": shrunken, "rows": len(features)},
    )
