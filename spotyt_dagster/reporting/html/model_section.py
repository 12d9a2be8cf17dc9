"""A model's part of the report, made from the files that the model left."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pandas as pd

from spotyt_dagster.exceptions import naming
from spotyt_dagster.reporting.formatting import label

#: Tables with a line a track: for further work, not for reading.
ROW_TABLES = ("predictions", "labels", "baseline_labels")


@dataclass(frozen=True)
class ModelSection:
    """What the report shows of one model beside its metrics.

    Attributes:
        key: the asset's path, such as regression/knn.
        title: its heading.
        text: may hold several paragraphs, and aligned tables in plain text.
        figures: PNG bytes by caption; captions may be file names, _ is shown as a space.
        tables: data frames by caption; one whose only column is `line` is shown as aligned text.
    """

    key: str
    title: str
    text: str = ""
    figures: Mapping[str, bytes] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """The group that the asset belongs to."""
        return PurePosixPath(self.key).parts[0]


def model_section(key: str, description: str, files: Mapping[str, bytes]) -> ModelSection:
    """A model's section: pictures of its .png files, tables of its .parquet ones, by name.

    Args:
        key: the asset's path, such as regression/knn.
        description: what the model is, shown as text.
        files: the asset's files by name; those with other endings are not shown.

    Returns:
        The section, titled by the last part of the key.
    """
    stems = {name: PurePosixPath(name).stem for name in sorted(files)}
    return ModelSection(
        key=key,
        title=label(PurePosixPath(key).name),
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
