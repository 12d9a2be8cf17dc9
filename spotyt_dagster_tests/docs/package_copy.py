"""A copy of the package in a folder, for pages that say how to add to it."""

import shutil
import subprocess
import sys
from pathlib import Path

from spotyt_dagster_tests.docs.pages import ROOT


def copy_package(home: Path) -> None:
    """The package as it is now, in a folder from which it is then imported."""
    shutil.copytree(
        ROOT / "spotyt_dagster",
        home / "spotyt_dagster",
        ignore=shutil.ignore_patterns("__pycache__"),
    )


def replace_once(path: Path, old: str, new: str) -> None:
    """Change one place of a file, which must be the only one of its kind."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def run_python(code: str, home: Path) -> None:
    """Run code in a process of its own that imports the copy.

    Raises:
        AssertionError: it fails, or imports another package than the copy.
    """
    check = f"import spotyt_dagster\nassert spotyt_dagster.__file__.startswith({str(home)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", check + code],
        cwd=home, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
