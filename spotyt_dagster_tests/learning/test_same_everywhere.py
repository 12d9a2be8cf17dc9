"""One seed, one result: whatever the cores, the threads and the order of the models."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.defs.report import MODELS
from spotyt_dagster_tests.learning import every_model

ROWS = 500  # enough for every model, few enough for all of them twice in two minutes
NAMES = ["/".join(model.key.path) for model in MODELS]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_models_metrics_are_the_same_on_one_core_and_on_many_in_any_order(
    tracks, baseline, tmp_path: Path
) -> None:
    tracks.head(ROWS).to_parquet(tmp_path / "tracks.parquet")
    baseline.head(ROWS).to_parquet(tmp_path / "baseline.parquet")
    one, many = (
        _start(tmp_path, tmp_path / f"{cores}.parquet", cores, names)
        for cores, names in ((1, NAMES), (64, NAMES[::-1]))
    )
    assert (one.wait(), many.wait()) == (0, 0)
    on_one, on_many = (_metrics(tmp_path / f"{cores}.parquet") for cores in (1, 64))
    assert on_one.groupby(["task", "model"]).ngroups == len(NAMES)
    assert set(on_one.loc[on_one["status"] == "failed", "notes"]) == set()
    pd.testing.assert_frame_equal(on_one, on_many, check_exact=True)


def _start(tables: Path, out: Path, cores: int, names: list[str]) -> subprocess.Popen:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(min(cores, 3)))
    command = [sys.executable, every_model.__file__, str(tables), str(out), str(cores), *names]
    return subprocess.Popen(command, env=os.environ | threads)


def _metrics(path: Path) -> pd.DataFrame:
    # stable: rows of one model keep their order
    table = pd.read_parquet(path).sort_values(["task", "model"], kind="stable")
    return table.drop(columns="fit_seconds").reset_index(drop=True)
