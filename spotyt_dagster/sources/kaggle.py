"""Reads the raw table from wherever `SPOTYT_RAW` points. What it must be is `tables/schema`'s."""

import io
import zlib
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pandas as pd
import requests

from ..errors import SettingError, SourceUnavailable, WrongTable
from ..tables.schema import separate, typed

DATASET = "salvatorerastelli/spotify-and-youtube"
FILE = "Spotify_Youtube.csv"
_FORMATS = (".csv", ".csv.gz", ".parquet")
_WEB = ("http://", "https://")
_GZIP = b"\x1f\x8b"


def read_tracks(source: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The raw table's good rows with `raw_source`, and its bad ones with `reason` as well.

    Raises:
        SourceUnavailable, WrongTable, SettingError: as `read_raw` and `schema.separate`.
    """
    table, kind = read_raw(source, seed)
    good, rejected = separate(table, f"SPOTYT_RAW={_without_secrets(source)}")
    return good.assign(raw_source=kind), rejected.assign(raw_source=kind)


def read_raw(source: str, seed: int) -> tuple[pd.DataFrame, str]:
    """The raw table with typed columns (`schema.RAW_COLUMNS`), and what kind of source it is.

    Args:
        source: `sample`, `kaggle`, or the path or http(s) address of a .csv, .csv.gz or .parquet.
        seed: of the sample.

    Returns:
        The table, and `sample`, `kaggle` or `file`.

    Raises:
        SourceUnavailable: the file or address cannot be read.
        WrongTable: what it holds is not this table.
        SettingError: the source's name ends in no format that is known here.
    """
    if source == "sample":
        from ..sample.tracks import sample_tracks

        return sample_tracks(seed), "sample"
    if source == "kaggle":
        return _read_file(_download_from_kaggle()), "kaggle"
    if source.startswith(_WEB):
        return _read_address(source), "file"
    _require_known_format(source)
    path = Path(source).expanduser()
    if not path.is_file():
        raise SourceUnavailable(
            f"SPOTYT_RAW={source}: there is no such file. Give the path of {FILE}, or `kaggle` to "
            "download it, or `sample` to try the product without it."
        )
    return _read_file(path), "file"


def _require_known_format(name: str) -> None:
    if not name.lower().endswith(_FORMATS):
        raise SettingError(
            f"SPOTYT_RAW={name} is neither `sample` nor `kaggle` nor the path or address of a "
            f"file ending in {', '.join(_FORMATS)}."
        )


def _download_from_kaggle() -> Path:
    import kagglehub

    try:
        return Path(kagglehub.dataset_download(DATASET, path=FILE))
    except Exception as error:  # kagglehub raises whatever its transport raises
        raise SourceUnavailable(
            f"Kaggle's data set {DATASET} cannot be downloaded ({type(error).__name__}: {error}). "
            f"Check the network, or download {FILE} by hand and set SPOTYT_RAW to its path."
        ) from error


def _read_address(url: str) -> pd.DataFrame:
    shown = _without_secrets(url)
    _require_known_format(shown)
    try:
        response = requests.get(url, timeout=(5, 60))
    except requests.RequestException as error:
        raise _not_fetched(shown, type(error).__name__) from error
    if not response.ok:
        raise _not_fetched(shown, f"{response.status_code} {response.reason}")
    return _parse(response.content, shown)


def _not_fetched(shown: str, why: str) -> SourceUnavailable:
    return SourceUnavailable(
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
        raise SourceUnavailable(
            f"{path} cannot be read ({error.strerror}). Make the file readable, or give another."
        ) from error
    return _parse(content, str(path))


def _parse(content: bytes, origin: str) -> pd.DataFrame:
    if not content:
        raise WrongTable(f"{origin} is empty. Download it again.")
    try:
        if origin.lower().endswith(".parquet"):
            cells = pd.read_parquet(io.BytesIO(content))
        else:
            cells = _csv_cells(content)
    except (
        ValueError,
        OSError,
        EOFError,
        zlib.error,
    ) as error:  # pandas', pyarrow's and gzip's own
        raise WrongTable(
            f"{origin} cannot be read as a table ({error}). It must be Kaggle's {FILE}, as .csv "
            "in UTF-8, .csv.gz or .parquet."
        ) from error
    return typed(cells, origin)


def _csv_cells(content: bytes) -> pd.DataFrame:
    # Tracks are called "None", "NA" and "null": only an empty cell is a missing one.
    return pd.read_csv(
        io.BytesIO(content),
        dtype="str",
        keep_default_na=False,
        na_values=[""],
        # By its first bytes, not by its name: servers unpack files on the way, or pack them.
        compression="gzip" if content.startswith(_GZIP) else None,
    )
