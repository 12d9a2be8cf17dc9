"""Makes a report's sections of the files that models left."""

import io
from collections.abc import Mapping
from pathlib import PurePosixPath

import pandas as pd

from spotyt_dagster.exceptions import naming
from spotyt_dagster.reporting.formatting import label
from spotyt_dagster.reporting.report import Section

#: Tables with a line a track: for further work, not for reading.
ROW_TABLES = ("predictions", "labels", "baseline_labels")


def section(key: str, description: str, files: Mapping[str, bytes]) -> Section:
    """A model's section: pictures of its .png files, tables of its .parquet ones, by name.

    Args:
        key: the asset's path, such as regression/knn.
        description: what the model is, shown as text.
        files: the asset's files by name; those with other endings are left out.
    """
    stems = {name: PurePosixPath(name).stem for name in sorted(files)}
    return Section(
        key=key,
        title=label(key.split("/")[-1]),
        text=description,
        figures={stems[name]: files[name] for name in stems if name.endswith(".png")},
        tables={
            stems[name]: _table(f"{key}/{name}", files[name])
            for name in stems
            if name.endswith(".parquet") and stems[name] not in ROW_TABLES
        },
    )


def _table(path: str, content: bytes) -> pd.DataFrame:
    with naming(path):
        return pd.read_parquet(io.BytesIO(content))
