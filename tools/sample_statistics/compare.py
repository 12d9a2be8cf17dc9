"""How close the sample comes to the real table: one table of figures, real beside sample.

Printed by `python -m tools.sample_statistics.measure CSV --compare`.
"""

from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp, spearmanr
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from spotyt_dagster.sample.numbers import NUMBERS
from spotyt_dagster.tables.children import is_childrens_channel
from spotyt_dagster.tables.schema import AUDIO, COUNTS
from tools.sample_statistics.copula import normal_scores, split_covariance


def comparison(real: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """Figures of two raw tables, one a row, in the columns `real` and `sample`.

    The last rows are distances between the two, so their `real` is empty.
    """
    table = pd.DataFrame({"real": statistics(real), "sample": statistics(sample)})
    far = pd.DataFrame({"sample": distances(real, sample)})
    return pd.concat([table, far]).map(_shown)


def statistics(raw: pd.DataFrame) -> dict[str, float]:
    """Counts, and how Views, Stream and audio go together on the complete official rows."""
    official = raw[raw["official_video"].fillna(False)]
    complete = complete_official(raw)
    views, stream = complete["Views"], complete["Stream"]
    slope, constant = np.polyfit(stream, views, 1)
    artists_a_channel = official.groupby("Channel")["Artist"].nunique()
    by_artist = official.groupby("Artist")["Channel"].nunique()
    return {
        "rows": len(raw),
        "official": len(official),
        "not official": int((~raw["official_video"]).sum()),
        **{f"{name} empty": int(raw[name].isna().sum()) for name in ("Views", *COUNTS[1:])},
        "official complete": len(complete),
        "artists": raw["Artist"].nunique(),
        "tracks": raw["Uri"].nunique(),
        "official videos": official["Url_youtube"].nunique(),
        "official channels": official["Channel"].nunique(),
        "channels of 10 artists or more": int((artists_a_channel >= 10).sum()),
        "channels an artist, mean": by_artist.mean(),
        "official rows an artist, standard deviation": official.groupby("Artist").size().std(),
        "children's rows": int(official["Channel"].map(is_childrens_channel).sum()),
        "official licensed": official["Licensed"].mean(),
        "Instrumentalness zero": raw["Instrumentalness"].eq(0).mean(),
        "Views > Stream": (views > stream).mean(),
        "Views ~ Stream: R²": _r(stream, views) ** 2,
        "Views ~ Stream: slope": slope,
        "Views ~ Stream: constant": constant,
        "the same in logs: R²": _r(np.log10(1 + stream), np.log10(1 + views)) ** 2,
        "Views and Likes: r": _r(views, complete["Likes"]),
        "Views > Stream by forest: accuracy": _forest_accuracy(complete),
    }


def complete_official(raw: pd.DataFrame) -> pd.DataFrame:
    """The official rows without an empty number, all numbers float64."""
    numbers = [*AUDIO, *COUNTS]
    official = raw[raw["official_video"].fillna(False)].dropna(subset=numbers)
    return official.astype(dict.fromkeys(numbers, "float64"))


def distances(real: pd.DataFrame, sample: pd.DataFrame) -> dict[str, float]:
    """How far the complete official rows of two tables lie apart, at worst and on average."""
    pair = [complete_official(table) for table in (real, sample)]
    apart = [cast(Any, ks_2samp(pair[0][name], pair[1][name])).statistic for name in NUMBERS]
    ranks = [cast(Any, spearmanr(table[list(NUMBERS)])).statistic for table in pair]
    correlation = np.abs(ranks[0] - ranks[1])[np.triu_indices(len(NUMBERS), 1)]
    between = np.abs(np.subtract(*(artist_shares(table) for table in pair)))
    both = [set(table["Artist"]) for table in (real, sample)]
    return {
        "Kolmogorov-Smirnov distance: worst column": float(max(apart)),
        "Spearman correlations: greatest difference": float(correlation.max()),
        "Spearman correlations: mean difference": float(correlation.mean()),
        "artists' share of variance: greatest difference": float(between.max()),
        "artists' names in both": len(both[0] & both[1]),
    }


def artist_shares(table: pd.DataFrame) -> np.ndarray:
    """Share of the variance of each of `NUMBERS`' normal scores that lies between artists."""
    scores = np.column_stack([normal_scores(table[name].to_numpy()) for name in NUMBERS])
    between, within = split_covariance(scores, pd.factorize(table["Artist"])[0])
    return np.diag(between) / np.diag(between + within)


def _shown(value: float) -> str:
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _r(one: pd.Series, other: pd.Series) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _forest_accuracy(complete: pd.DataFrame) -> float:
    features = complete[[*AUDIO, "Likes"]]
    leaning = complete["Views"] > complete["Stream"]
    train, test, train_leaning, test_leaning = train_test_split(
        features, leaning, test_size=0.2, random_state=42
    )
    forest = RandomForestClassifier(100, random_state=42, n_jobs=2).fit(train, train_leaning)
    return float(forest.score(test, test_leaning))
