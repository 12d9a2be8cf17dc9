"""Where TabPFN's weights lie on this machine, found without tabpfn and without the network.

tabpfn takes 4.4 s to import, and where it finds no weights it tries to download them: with no
network that fails after up to 23 s, with a message about a gated repository.
"""

import os
import re
import sys
from pathlib import Path

SETTING = "SPOTYT_TABPFN_CHECKPOINT"

FREE_WEIGHTS = "tabpfn-v2-classifier-finetuned-zk73skhh.ckpt of Prior-Labs/TabPFN-v2-clf"
"""The default classifier of version 2 on Hugging Face, under Apache-2.0 with attribution; later
weights are for non-commercial use, behind a licence page."""


def find_checkpoint(configured: str | None) -> Path | None:
    """The configured file, else the newest version's classifier in the cache folder, else None.

    Raises FileNotFoundError where the configured file does not exist.
    """
    if configured:
        path = Path(configured).expanduser()
        if not path.is_file():
            raise FileNotFoundError(f"{SETTING}: there is no file {configured}")
        return path
    found = [path for path in cache_folder().glob("tabpfn-v*") if _reads_classes(path.name)]
    return max(found, key=lambda path: (_version(path.name), path.name), default=None)


def cache_folder() -> Path:
    """Tabpfn's own rule (model_loading.get_cache_dir, version 9.2), which a test holds this to."""
    if folder := os.environ.get("TABPFN_MODEL_CACHE_DIR"):
        return Path(folder)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or ".tabpfn_models") / "tabpfn"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tabpfn"
    return Path(os.environ.get("XDG_CACHE_HOME", "").strip() or Path.home() / ".cache") / "tabpfn"


def how_to_get_weights() -> str:
    """One line for the row of a model that was not run."""
    return (
        f"no weights on this machine: put {FREE_WEIGHTS} (Hugging Face, Apache-2.0) into tabpfn's "
        f"cache folder, or set {SETTING} to the path of a checkpoint"
    )


def _reads_classes(name: str) -> bool:
    # from 3.5 on one file serves both tasks and does not name one
    return name.endswith((".ckpt", ".safetensors")) and "regressor" not in name


def _version(name: str) -> tuple[int, ...]:
    match = re.match(r"tabpfn-v(\d+)(?:\.(\d+))?", name)
    return tuple(int(part or 0) for part in match.groups()) if match else ()
