"""Measures the real table once, into the statistics that the sample is generated from.

    python -m tools.sample_statistics.measure CSV             writes parameters.json
    python -m tools.sample_statistics.measure CSV --compare   prints sample beside real

Statistics only: no row and no name of the real table enters the file. How numbers go together is
`copula.py`'s, names and channels `names.py`'s, comparing `compare.py`'s.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd

from spotyt_dagster.sample.numbers import LATENT, NUMBERS, ORDERED_ALBUM_TYPES, PARAMETERS
from spotyt_dagster.sources.raw_table import read_raw
from spotyt_dagster.tables.children import is_childrens_channel
from tools.sample_statistics.copula import (
    covariances,
    degrees_of_freedom,
    latent_share_between,
    normal_scores,
)
from tools.sample_statistics.names import channel_figures, rounded, script_shares

HOW = (
    "By tools/sample_statistics/measure.py on Kaggle's 'Spotify and Youtube' of 2023-02-07. "
    "Strata: rows with an official video and with another; of each track and each video the first "
    "row only. quantiles: by column at `levels`, 4 digits. between and within: lower triangles, "
    "columns in the order of `latent`, of the normal scores' correlation matrix split into a "
    "share between artists and one within (one-way analysis of variance, method of moments), over "
    "complete rows, corrected for ties. degrees_of_freedom: of a t copula over the popularity "
    "columns of official rows, by maximum likelihood. repeats: tracks listed under several "
    "artists; tilt: how much likelier greater ones are, as the exponent of normal scores. "
    "empty: which cells are empty together, in how many rows. channels: see names.py. "
    "Description is empty in the copy at hand; its 876 empty cells are Kaggle's, as the published "
    "DataFrame.info() of the file shows (19,842 non-null of 20,718)."
)
LEVELS = [
    0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, *(x / 20 for x in range(2, 19)),
    0.925, 0.95, 0.965, 0.98, 0.99, 0.995, 0.9975, 0.999, 1,
]  # fmt: skip
DESCRIPTION_EMPTY = 876


def measure(raw: pd.DataFrame) -> dict:
    """All statistics of a raw table (`schema.RAW_COLUMNS`) that `tracks.py` generates from."""
    frame = raw.assign(
        place=raw.groupby("Artist").cumcount().astype("float64"),
        album_rank=raw["Album_type"].map({kind: i for i, kind in enumerate(ORDERED_ALBUM_TYPES)}),
    )
    children = frame["Channel"].map(is_childrens_channel, na_action="ignore").eq(True)
    with_video = frame[frame["official_video"].notna()]
    distinct = with_video.drop_duplicates("Uri").drop_duplicates("Url_youtube")
    official = distinct["official_video"].astype(bool)
    strata = {"official": distinct[official], "other": distinct[~official]}
    return {
        "how": HOW,
        "rows": len(frame),
        "official_share": rounded(float(with_video["official_video"].mean())),
        "official_between": rounded(latent_share_between(with_video)),
        "levels": LEVELS,
        "latent": list(LATENT),
        "degrees_of_freedom": rounded(degrees_of_freedom(strata["official"])),
        **{name: _stratum(rows) for name, rows in strata.items()},
        "repeats": _repeats(frame),
        "empty": _empty(raw),
        "children": _children(frame[children]),
        "scripts": script_shares(frame),
    }


def _stratum(rows: pd.DataFrame) -> dict:
    between, within = covariances(rows)
    return {
        "rows": len(rows),
        "quantiles": {
            name: rounded(rows[name].astype("float64").quantile(LEVELS)) for name in NUMBERS
        },
        "key_shares": rounded(rows["Key"].value_counts(normalize=True).sort_index()),
        "album_type_shares": rounded(
            rows["Album_type"].value_counts(normalize=True)[list(ORDERED_ALBUM_TYPES)].to_numpy()
        ),
        "licensed_share": rounded(float(rows["Licensed"].mean())),
        "between": between,
        "within": within,
        "channels": channel_figures(rows),
    }


def _repeats(frame: pd.DataFrame) -> dict:
    sizes = frame.groupby("Uri").size()
    again = sizes[sizes > 1]
    copies = frame[frame["Uri"].duplicated()].merge(
        frame.drop_duplicates("Uri")[["Uri", "Url_youtube"]], on="Uri", suffixes=("", "_first")
    )
    with_video = frame.dropna(subset=["Url_youtube"])
    within = with_video.groupby("Artist")["Url_youtube"].agg(lambda urls: urls.duplicated().sum())
    # Exponential tilting: weights exp(b'z) move the mean of a normal z by R b, so b = R^-1 shift.
    both = with_video.dropna(subset=["Stream"])
    scores = np.column_stack(
        [normal_scores(both[name].to_numpy(dtype=float)) for name in ("Stream", "Views")]
    )
    shift = scores[both["Uri"].duplicated()].mean(axis=0)
    tilt = np.linalg.solve(np.corrcoef(scores.T), shift)
    sizes_of_groups, groups = np.unique(again, return_counts=True)
    return {
        "copies_by_track": {
            str(n - 1): int(k) for n, k in zip(sizes_of_groups, groups, strict=True)
        },
        "tilt": {"Stream": rounded(tilt[0]), "Views": rounded(tilt[1])},
        "same_video_share": rounded(
            float((copies["Url_youtube"] == copies["Url_youtube_first"]).mean())
        ),
        "shared_video_within_artist": rounded(float(within.sum() / len(frame))),
    }


def _empty(raw: pd.DataFrame) -> list:
    cells = [name for name in raw if name != "Description"]
    patterns = pd.DataFrame(
        {
            "columns": raw[cells].isna().apply(lambda row: tuple(row.index[row]), axis=1),
            "official": raw["official_video"].astype("object"),
        }
    )
    counted = patterns.value_counts(dropna=False).reset_index()
    found = [
        {
            "columns": sorted(set(columns)),
            "official": None if pd.isna(official) else bool(official),
            "rows": int(rows),
        }
        for columns, official, rows in counted.itertuples(index=False)
        if columns
    ]
    for pattern in found:
        if "Url_youtube" in pattern["columns"]:
            pattern["columns"].append("Description")
    videoless = sum(p["rows"] for p in found if p["official"] is None)
    lone = {"columns": ["Description"], "official": None, "rows": DESCRIPTION_EMPTY - videoless}
    return [*found, lone]


def _children(rows: pd.DataFrame) -> dict:
    levels = [0.1, 0.25, 0.5, 0.75, 0.9]
    ratio = rows["Views"] / rows["Stream"]
    return {
        "rows": len(rows),
        "levels": levels,
        "Stream": rounded(rows["Stream"].astype("float64").quantile(levels)),
        "views_per_stream": rounded(ratio.astype("float64").quantile(levels)),
        "likes_per_view": rounded(float((rows["Likes"] / rows["Views"]).median())),
        "comments": int(rows["Comments"].median()),
    }


def _one_line_lists(text: str) -> str:
    return re.sub(r"\[[^\[\]{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text)


def main() -> None:
    """The command line; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", help="path of the real Spotify_Youtube.csv")
    parser.add_argument("--compare", action="store_true", help="print sample beside real")
    arguments = parser.parse_args()
    real, _ = read_raw(arguments.csv, seed=0)
    if arguments.compare:
        from spotyt_dagster.sample.tracks import sample_tracks

        from .compare import comparison

        print(comparison(real, sample_tracks()).to_string())
        return
    text = json.dumps(measure(real), indent=1, ensure_ascii=False)
    Path(PARAMETERS).write_text(_one_line_lists(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
