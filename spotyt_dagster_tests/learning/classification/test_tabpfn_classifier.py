"""TabPFN without weights and with (tiny, random) ones, always without a network."""

import dataclasses
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.learning.classification import tabpfn_weights
from spotyt_dagster.learning.classification.tabpfn_classifier import MODEL
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings


@pytest.fixture(autouse=True)
def _no_weights_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setenv("TABPFN_MODEL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in tabpfn's own architecture of version 2, in its own file format."""
    import torch
    from tabpfn.architectures import tabpfn_v2

    config = tabpfn_v2.TabPFNV2Config(
        max_num_classes=10, num_buckets=100, emsize=16, nlayers=2, nhead=2
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = tabpfn_v2.get_architecture(config)
    path = tmp_path_factory.mktemp("weights") / "tabpfn-v2-classifier-tiny.ckpt"
    parts = {"state_dict": model.state_dict(), "config": dataclasses.asdict(config)}
    torch.save(parts | {"architecture_name": "tabpfn_v2"}, path)
    return path


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    """Two worlds of the same tracks: 1,800 rows, so that a training part exceeds 1,000."""
    other = frame.assign(
        row=frame["row"] + len(frame),
        Artist=frame["Artist"] + " again",
        video_id=frame["video_id"] + "-again",
    )
    return pd.concat([frame, other], ignore_index=True)


def with_weights(tracks: pd.DataFrame, baseline: pd.DataFrame, path: Path) -> Result:
    settings = LearningSettings(seed=42, effort="quick", tabpfn_checkpoint=str(path))
    return MODEL.run(tracks, baseline, settings)


def test_without_weights_one_row_says_how_to_get_them(tracks, baseline, settings) -> None:
    result = MODEL.run(tracks, baseline, settings)
    row = result.metrics.iloc[0]
    assert len(result.metrics) == 1
    assert (row["task"], row["model"], row["status"]) == (
        "classification",
        "tabpfn_classifier",
        "not run",
    )
    assert pd.isna(row["value"])
    assert "SPOTYT_TABPFN_CHECKPOINT" in row["notes"][0]
    assert "Apache-2.0" in row["notes"][0]
    assert not result.figures
    assert result.estimator is None


def test_without_weights_neither_tabpfn_nor_torch_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from spotyt_dagster.learning.classification import tabpfn_classifier as m;"
        "print(m.find_checkpoint(None), 'tabpfn' in sys.modules, 'torch' in sys.modules)"
    )
    env = {"TABPFN_MODEL_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["None", "False", "False"]


def test_a_setting_that_names_no_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="SPOTYT_TABPFN_CHECKPOINT"):
        tabpfn_weights.find_checkpoint(str(tmp_path / "absent.ckpt"))


def test_the_newest_classifier_of_the_cache_folder_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    for name in (
        "tabpfn-v3-regressor-v3_default.ckpt",
        "tabpfn-v2-classifier.ckpt",
        "tabpfn-v2.5-classifier-v2.5_default.ckpt",
        "tabpfn-v2.6-classifier-v2.6_default.ckpt.part",
    ):
        (folder / name).touch()
    found = tabpfn_weights.find_checkpoint(None)
    assert found == folder / "tabpfn-v2.5-classifier-v2.5_default.ckpt"
    (folder / "tabpfn-v3.5-20260909.safetensors").touch()
    found = tabpfn_weights.find_checkpoint(None)
    assert found == folder / "tabpfn-v3.5-20260909.safetensors"


@pytest.mark.parametrize("xdg", ["", "/somewhere/else"])
def test_the_cache_folder_is_tabpfns_own(xdg: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tabpfn.model_loading import get_cache_dir
    from tabpfn.settings import settings as tabpfn_settings

    monkeypatch.delenv("TABPFN_MODEL_CACHE_DIR")
    # tabpfn read the variable when it was imported
    monkeypatch.setattr(tabpfn_settings.tabpfn, "model_cache_dir", None)
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    assert tabpfn_weights.cache_folder() == get_cache_dir()


def test_the_free_weights_named_are_the_librarys_default() -> None:
    from tabpfn.model_loading import ModelSource

    source = ModelSource.get_classifier_v2()
    assert f"{source.default_filename} of {source.repo_id}" == tabpfn_weights.FREE_WEIGHTS


@pytest.mark.filterwarnings("ignore:Running on CPU")
def test_with_weights_it_learns_from_a_sample_and_says_so(
    tracks, baseline, tiny_checkpoint
) -> None:
    result = with_weights(twice(tracks), baseline, tiny_checkpoint)
    first = result.metrics.iloc[0]
    assert first["n_train"] == 1_000
    assert "weights tabpfn-v2-classifier-tiny.ckpt" in first["notes"]
    assert "trained on a sample of 1000 rows" in first["notes"]
    assert result.metrics.query("metric == 'accuracy'")["value"].between(0, 1).all()
    assert {"study", "grouped"} == set(result.metrics["protocol"])
    again = with_weights(twice(tracks), baseline, tiny_checkpoint)
    columns = ["snapshot", "detail", "metric", "value", "low", "high"]
    pd.testing.assert_frame_equal(again.metrics[columns], result.metrics[columns], check_exact=True)
