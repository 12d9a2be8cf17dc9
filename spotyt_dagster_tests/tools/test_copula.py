"""Whether what measures the copula finds what was put in: on draws from laws that are known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from spotyt_dagster.sample.numbers import LATENT, POPULARITY, symmetric
from tools.sample_statistics.copula import (
    covariances,
    degrees_of_freedom,
    latent_share_between,
    normal_scores,
    split_covariance,
)

ARTISTS, TRACKS = 1_500, 10
ARTIST = np.repeat(np.arange(ARTISTS), TRACKS)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_normal_scores_are_standard_normal_and_share_ties():
    scores = normal_scores(np.array([5.0, 1.0, 1.0, 1.0, 9.0]))
    assert scores[1] == scores[2] == scores[3] == pytest.approx(-norm.pdf(norm.ppf(0.6)) / 0.6)
    assert scores.sum() == pytest.approx(0)
    many = normal_scores(np.arange(10_000.0))
    assert many.std() == pytest.approx(1, abs=0.001)


def test_variance_is_parted_among_artists_of_unequal_size(rng):
    artist = np.repeat(np.arange(2_000), rng.integers(1, 12, 2_000))
    between = np.array([[0.6, 0.3], [0.3, 0.4]])
    within = np.array([[0.4, -0.2], [-0.2, 0.6]])
    drawn = rng.multivariate_normal([0, 0], between, 2_000)[artist]
    drawn += rng.multivariate_normal([0, 0], within, len(artist))
    found = split_covariance(drawn, artist)
    # Standard errors: about 0.02 between 2,000 artists, 0.006 within.
    assert found[0] == pytest.approx(between, abs=0.08)
    assert found[1] == pytest.approx(within, abs=0.025)


def test_steps_hide_none_of_the_correlation(rng):
    latent = rng.standard_normal((len(ARTIST), len(LATENT)))
    shared = rng.standard_normal(ARTISTS)[ARTIST]
    audio, zeros, licence = (LATENT.index(x) for x in ("Energy", "Instrumentalness", "Licensed"))
    for place in (audio, zeros, licence):
        latent[:, place] = np.sqrt(0.5) * shared + np.sqrt(0.5) * latent[:, place]
    table = pd.DataFrame(latent, columns=list(LATENT)).assign(Artist=ARTIST)
    table["Instrumentalness"] = table["Instrumentalness"].clip(lower=0)
    table["Licensed"] = table["Licensed"] > -1.28
    between, within = (symmetric(part) for part in covariances(table))
    assert (between + within)[audio, zeros] == pytest.approx(0.5, abs=0.04)
    assert (between + within)[audio, licence] == pytest.approx(0.5, abs=0.06)
    assert between[audio, audio] == pytest.approx(0.5, abs=0.06)
    assert within[audio, zeros] == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize("degrees", [4.0, 9.0])
def test_degrees_of_freedom_of_a_t_copula_are_found(rng, degrees):
    covariance = np.full((4, 4), 0.7) + 0.3 * np.eye(4)
    drawn = rng.multivariate_normal(np.zeros(4), covariance, 10_000)
    drawn /= np.sqrt(rng.chisquare(degrees, (10_000, 1)) / degrees)
    counts = pd.DataFrame(np.exp(drawn), columns=list(POPULARITY))
    assert degrees_of_freedom(counts) == pytest.approx(degrees, rel=0.15)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_share_between_artists_of_a_flag_is_found(rng, share):
    latent = np.sqrt(share) * rng.standard_normal(ARTISTS)[ARTIST]
    latent += np.sqrt(1 - share) * rng.standard_normal(len(ARTIST))
    flags = pd.DataFrame({"Artist": ARTIST, "official_video": latent < 0.75})
    assert latent_share_between(flags) == pytest.approx(share, abs=0.05)
