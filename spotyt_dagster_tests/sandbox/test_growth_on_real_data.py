"""The growth's constants against what the study saw, on the real file."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.sandbox.world import World

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def real(real_csv: str) -> pd.DataFrame:
    return pd.read_csv(real_csv)


@pytest.fixture(scope="module")
def official(real) -> pd.DataFrame:
    rows = real[real["official_video"].eq(True)]
    return rows.dropna(subset=[name for name in rows.columns if name != "Description"])


def crawled(real: pd.DataFrame, official: pd.DataFrame, day: date) -> pd.DataFrame:
    world = World(real, seed=42)
    videos = [world.video(url[-11:], day) for url in official["Url_youtube"]]
    views = [np.nan if video is None else video.views for video in videos]
    kids = [video is not None and video.made_for_kids for video in videos]
    return official.assign(viewCount=views, kids=kids).dropna(subset=["viewCount"])


def test_two_years_on_the_world_is_as_the_study_found_it(real, official):
    now = crawled(real, official, date(2024, 11, 15))
    # 15,260 complete rows became 15,158 in the study.
    assert 15_100 <= len(now) <= 15_220
    assert (now["viewCount"] > now["Stream"]).mean() == pytest.approx(0.31, abs=0.01)
    slope, _ = np.polyfit(now["Stream"], now["viewCount"], 1)
    assert slope == pytest.approx(0.8175, rel=0.03)
    assert now["Stream"].corr(now["viewCount"]) ** 2 == pytest.approx(0.390, abs=0.02)
    assert now["kids"].sum() == 10


def test_in_2023_the_world_is_the_file(real, official):
    then = crawled(real, official, date(2023, 2, 7))
    assert len(then) == len(official) == 15_260
    assert (then["viewCount"] > then["Stream"]).mean() == pytest.approx(0.259, abs=0.001)
