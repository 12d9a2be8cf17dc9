"""Where everything that a run leaves lies in the storage; nothing else puts these paths together.

    <storage>/<group>/<asset>.parquet                the table of an asset
    <storage>/<group>/<asset>/<partition>.parquet    that of one of its partitions
    <storage>/<group>/<asset>/<name>                 files beside a table: pictures, an estimator
    <storage>/tuning/studies.db                      the trials of studies (SQLite)

How files are written is files.py's, what is in a table io_managers.py's.
"""

from dataclasses import dataclass

import dagster as dg
from upath import UPath

RAW_TRACKS = dg.AssetKey(["ingest", "raw_tracks"])
CRAWL_BATCHES = dg.AssetKey(["ingest", "crawl_batches"])
REPORT = dg.AssetKey(["report", "report"])

#: A model's fitted scikit-learn estimator: `joblib.load` opens it.
ESTIMATOR = "estimator.joblib"

#: The page that shows everything.
REPORT_PAGE = "report.html"

_TABLE = ".parquet"


@dataclass(frozen=True)
class StorageLayout:
    """The paths of one storage.

    Args:
        storage: a folder, or an address such as s3://bucket/path; str.
    """

    storage: str

    @property
    def studies(self) -> UPath:
        """The folder of the database of studies, beside their tables."""
        return UPath(self.storage) / "tuning"

    def table(self, asset: dg.AssetKey, partition: str | None = None) -> UPath:
        """The table of an asset, or of one of its partitions."""
        if partition is not None:
            return self.file(asset, f"{partition}{_TABLE}")
        folder = self.folder(asset)
        return folder.with_name(f"{folder.name}{_TABLE}")

    def folder(self, asset: dg.AssetKey) -> UPath:
        """What holds the tables of an asset's partitions, or the files beside its table."""
        return UPath(self.storage).joinpath(*asset.path)

    def file(self, asset: dg.AssetKey, name: str) -> UPath:
        """One of the files in `folder`, such as `ESTIMATOR`."""
        return self.folder(asset) / name
