"""The small table of features, and the real one."""

import pandas as pd
import pytest

from spotyt_dagster.settings import LearningSettings
from spotyt_dagster_tests.learning.feature_tables import baseline_table, tracks_table, with_logs


@pytest.fixture(scope="session")
def settings() -> LearningSettings:
    return LearningSettings(seed=42, effort="quick")


@pytest.fixture(scope="session")
def baseline() -> pd.DataFrame:
    return baseline_table()


@pytest.fixture(scope="session")
def tracks(baseline: pd.DataFrame) -> pd.DataFrame:
    return tracks_table(baseline)


@pytest.fixture(scope="session")
def real_baseline(real_csv: str) -> pd.DataFrame:
    """The real file's official rows, complete in the 2023 columns."""
    frame = pd.read_csv(real_csv).rename(columns={"Unnamed: 0": "row"})
    frame = frame[frame["official_video"].eq(True)].drop(columns="Description").dropna()
    frame["video_id"] = frame["Url_youtube"].str.split("v=").str[1]
    frame["is_children"] = frame["Artist"].eq("CoComelon")
    frame["Licensed"] = frame["Licensed"].astype(bool)
    frame["youtube_leaning"] = frame["Views"] > frame["Stream"]
    return with_logs(frame.reset_index(drop=True)).assign(raw_source="file", api="none")
