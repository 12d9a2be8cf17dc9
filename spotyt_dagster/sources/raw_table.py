"""Reads the raw table from wherever `SPOTYT_RAW` points.

How a file becomes cells is `table_file.py`'s; what the table must be is `tables/schema`'s.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pandas as pd
import requests
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_auth_from_url

from spotyt_dagster.exceptions import (
    InvalidTableError,
    SettingsError,
    SourceUnavailableError,
)
from spotyt_dagster.sources.session import (
    Anonymous,
    Limits,
    TooLarge,
    TooSlow,
    new_session,
)
from spotyt_dagster.sources.table_file import FILE, FORMATS, read_cells
from spotyt_dagster.tables.schema import separate, typed

DATASET = "salvatorerastelli/spotify-and-youtube"
#: Rows of Kaggle's file; fewer are a download that broke off between two lines.
KAGGLES_ROWS = 20_718
_WEB = ("http://", "https://")
#: Kaggle's file has 30 MB; the largest that fits a machine of 4 GiB is far under a gigabyte.
_DOWNLOAD = Limits(silence=60.0, whole=600.0, body_bytes=2**30)


def read_tracks(source: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The raw table's good rows with `raw_source`, and its bad ones with `reason` as well.

    Raises:
        SourceUnavailableError, InvalidTableError, SettingsError: as `read_raw`, `schema.separate`.
    """
    cells, kind, origin = _read(source, seed)
    good, rejected = separate(cells, origin)
    if not good["official_video"].any():
        raise InvalidTableError(
            f"{origin}: official_video is True in none of its {len(good):,} good rows, so there is "
            "no track to study. Give the whole table, or check how that column is filled."
        )
    return good.assign(raw_source=kind), rejected.assign(raw_source=kind)


def read_raw(source: str, seed: int) -> tuple[pd.DataFrame, str]:
    """The raw table with typed columns (`schema.RAW_COLUMNS`), and what kind of source it is.

    Args:
        source: `sample`, `kaggle`, or the path or http(s) address of a file in one of
            `table_file.FORMATS`.
        seed: of the sample.

    Returns:
        The table, and `sample`, `kaggle` or `file`.

    Raises:
        SourceUnavailableError: the file or address cannot be read.
        InvalidTableError: what it holds is not this table.
        SettingsError: the source's name ends in no format that is known here.
    """
    cells, kind, origin = _read(source, seed)
    return typed(cells, origin), kind


def _read(source: str, seed: int) -> tuple[pd.DataFrame, str, str]:
    """The table as read, what kind of source it is, and what to call it in a message."""
    if source == "sample":
        from spotyt_dagster.sample.tracks import sample_tracks

        return sample_tracks(seed), "sample", "the sample"
    if source == "kaggle":
        path = _download_from_kaggle()
        return _whole(_read_file(path), path), "kaggle", str(path)
    if source.startswith(_WEB):
        return _read_address(source), "file", f"SPOTYT_RAW={_without_secrets(source)}"
    _require_known_format(source)
    path = Path(source).expanduser()
    if not path.is_file():
        raise SourceUnavailableError(
            f"SPOTYT_RAW={source}: there is no such file. Give the path of {FILE}, or `kaggle` to "
            "download it, or `sample` to try the product without it."
        )
    return _read_file(path), "file", str(path)


def _require_known_format(name: str) -> None:
    if not name.lower().endswith(FORMATS):
        raise SettingsError(
            f"SPOTYT_RAW={name} is neither `sample` nor `kaggle` nor the path or address of a "
            f"file ending in {', '.join(FORMATS)}."
        )


def _download_from_kaggle() -> Path:
    import kagglehub

    try:
        with _no_netrc():
            return Path(kagglehub.dataset_download(DATASET, path=FILE))
    except Exception as error:  # kagglehub raises whatever its transport raises
        raise SourceUnavailableError(
            f"Kaggle's data set {DATASET} cannot be downloaded ({type(error).__name__}: {error}). "
            f"Check the network, or download {FILE} by hand and set SPOTYT_RAW to its path."
        ) from error


@contextmanager
def _no_netrc() -> Iterator[None]:
    """Kagglehub has credentials of its own; its requests would add those of ~/.netrc."""
    before = os.environ.get("NETRC")
    os.environ["NETRC"] = os.devnull
    try:
        yield
    finally:
        if before is None:
            del os.environ["NETRC"]
        else:
            os.environ["NETRC"] = before


def _whole(cells: pd.DataFrame, path: Path) -> pd.DataFrame:
    if len(cells) < KAGGLES_ROWS:
        raise InvalidTableError(
            f"{path} is incomplete: it has {len(cells):,} rows of {KAGGLES_ROWS:,}, so its "
            "download broke off. Delete it and run again."
        )
    return cells


def _read_address(url: str) -> pd.DataFrame:
    shown = _without_secrets(url)
    _require_known_format(shown)
    try:
        with new_session(1, _DOWNLOAD) as session:
            response = session.get(url, auth=_own_credentials(url))
    except (TooLarge, TooSlow) as error:
        raise _not_fetched(shown, str(error)) from error
    except requests.RequestException as error:
        raise _not_fetched(shown, type(error).__name__) from error
    if not response.ok:
        raise _not_fetched(shown, f"{response.status_code} {response.reason}")
    return read_cells(response.content, shown)


def _own_credentials(url: str) -> AuthBase:
    """The user and password that the address itself bears."""
    user, password = get_auth_from_url(url)
    return HTTPBasicAuth(user, password) if user or password else Anonymous()


def _not_fetched(shown: str, why: str) -> SourceUnavailableError:
    return SourceUnavailableError(
        f"SPOTYT_RAW={shown} cannot be fetched ({why}). Check the address and the network, or "
        "download the file by hand and give its path."
    )


def _without_secrets(source: str) -> str:
    """An address without password and query, where signed links bear their signature."""
    if not source.startswith(_WEB):
        return source
    parts = urlsplit(source)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _read_file(path: Path) -> pd.DataFrame:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceUnavailableError(
            f"{path} cannot be read ({error.strerror}). Make the file readable, or give another."
        ) from error
    return read_cells(content, str(path))
