"""Reads the raw table from wherever `SPOTYT_RAW` points. What it must be is `tables/schema`'s."""

import io
from pathlib import Path

import pandas as pd
import requests

from ..errors import SettingError, SourceUnavailable, WrongTable
from ..tables.schema import separate, typed

DATASET = "salvatorerastelli/spotify-and-youtube"
FILE = "Spotify_Youtube.csv"
_FORMATS = (".csv", ".csv.gz", ".parquet")


def read_tracks(source: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The raw table's good rows with `raw_source`, and its bad ones with `reason` as well.

    Raises:
        SourceUnavailable, WrongTable, SettingError: as `read_raw` and `schema.separate`.
    """
    table, kind = read_raw(source, seed)
    good, rejected = separate(table, f"SPOTYT_RAW={source}")
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
        from ..sandbox.sample import sample_tracks

        return sample_tracks(seed), "sample"
    if source == "kaggle":
        return _read_file(_download_from_kaggle()), "kaggle"
    if not source.endswith(_FORMATS):
        raise SettingError(
            f"SPOTYT_RAW={source} is neither `sample` nor `kaggle` nor the path or address of a "
            f"file ending in {', '.join(_FORMATS)}."
        )
    if source.startswith(("http://", "https://")):
        return _read_address(source), "file"
    path = Path(source).expanduser()
    if not path.is_file():
        raise SourceUnavailable(
            f"SPOTYT_RAW={source}: there is no such file. Give the path of {FILE}, or `kaggle` to "
            "download it, or `sample` to try the product without it."
        )
    return _read_file(path), "file"


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
    try:
        response = requests.get(url, timeout=(5, 60))
        response.raise_for_status()
    except requests.RequestException as error:
        raise SourceUnavailable(
            f"SPOTYT_RAW={url} cannot be fetched ({type(error).__name__}). Check the address and "
            "the network, or download the file by hand and give its path."
        ) from error
    return _parse(io.BytesIO(response.content), url)


def _read_file(path: Path) -> pd.DataFrame:
    return _parse(io.BytesIO(path.read_bytes()), str(path))


def _parse(content: io.BytesIO, origin: str) -> pd.DataFrame:
    try:
        if origin.endswith(".parquet"):
            return typed(pd.read_parquet(content), origin)
        # Tracks are called "None", "NA" and "null": only an empty cell is a missing one.
        cells = pd.read_csv(
            content,
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            compression="gzip" if origin.endswith(".gz") else None,
        )
    except pd.errors.EmptyDataError:
        raise WrongTable(f"{origin} is empty. Download it again.") from None
    except (ValueError, OSError, EOFError) as error:  # pandas', pyarrow's and gzip's own
        raise WrongTable(
            f"{origin} cannot be read as a table ({error}). It must be Kaggle's {FILE}, as .csv "
            "in UTF-8, .csv.gz or .parquet."
        ) from error
    return typed(cells, origin)
