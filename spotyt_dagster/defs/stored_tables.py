"""Tables as Parquet files: read and written whole, or all batches of one asset as one table.

A file is written under another name and renamed, so that a crash leaves the old one or the new one.
Where it lies is storage_layout.py's, what a table is made of belongs in `tables/`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.files import write_bytes
from spotyt_dagster.defs.storage_layout import StorageLayout
from spotyt_dagster.exceptions import SourceUnavailableError, naming

#: What the IO manager takes and the tables' functions return.
Table = pd.DataFrame | duckdb.DuckDBPyRelation


class TableReader(dg.ConfigurableResource):
    """Stored tables, for what is no asset (schedules, the command line) and for all batches.

    Args:
        storage: as in `StorageLayout`.
    """

    storage: str

    def read(self, asset: dg.AssetKey) -> pd.DataFrame | None:
        """An unpartitioned asset's table, None where it was not materialized.

        Raises:
            StorageError: the file is damaged or cannot be read.
        """
        return read_table(self._layout, asset).to_pandas() if self.has(asset) else None

    def has(self, asset: dg.AssetKey, batch: str | None = None) -> bool:
        """Whether the table of an asset, or of one of its batches, is stored.

        Raises:
            StorageError: the storage cannot be read.
        """
        path = self._layout.table(asset, batch)
        with naming(path):
            return path.exists()

    def batches(
        self, asset: dg.AssetKey, crawl_batches: duckdb.DuckDBPyRelation, empty: pd.DataFrame
    ) -> duckdb.DuckDBPyRelation:
        """What is stored of the batches that `ingest/crawl_batches` lists, as one table.

        Args:
            asset: a crawled one, partitioned by batch.
            crawl_batches: the table that lists the batches.
            empty: a table of no rows that gives the columns.
        """
        keys = crawl_batches.select("batch").distinct().order("batch").fetchall()
        with user_errors_as_failures():
            return relation(read_batches(self._layout, asset, [key for (key,) in keys], empty))

    def fetched_at(self, asset: dg.AssetKey, batch: str) -> datetime | None:
        """When the latest row of a batch's table was answered, in UTC; None where it has no row.

        Raises:
            SourceUnavailableError: there is no such table yet.
            StorageError: the file is damaged or cannot be read.
        """
        table = read_table(self._layout, asset, batch, ["fetched_at"])
        latest = table["fetched_at"].to_pandas().max()
        return None if pd.isna(latest) else latest.to_pydatetime().replace(tzinfo=UTC)

    @property
    def _layout(self) -> StorageLayout:
        return StorageLayout(self.storage)


def relation(table: pa.Table) -> duckdb.DuckDBPyRelation:
    """A table as a relation of DuckDB's default connection, where all relations can be joined."""
    return duckdb.from_arrow(table)


def arrow_table(table: Table) -> pa.Table:
    """A frame or relation as an Arrow table without pandas' own metadata."""
    if isinstance(table, pd.DataFrame):
        arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata()
        return arrow.cast(pa.schema([_of_texts(field) for field in arrow.schema]))
    return table.to_arrow_table()


def _of_texts(field: pa.Field) -> pa.Field:
    # a column of lists that are all empty, such as notes, has no type of its own
    untyped = pa.types.is_list(field.type) and pa.types.is_null(field.type.value_type)
    return field.with_type(pa.list_(pa.string())) if untyped else field


def write_table(
    layout: StorageLayout, asset: dg.AssetKey, partition: str | None, table: pa.Table
) -> None:
    """Store the table of an asset, or of one of its partitions.

    Raises:
        StorageError: it cannot be written.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_bytes(layout.table(asset, partition), sink.getvalue().to_pybytes())


def read_table(
    layout: StorageLayout,
    asset: dg.AssetKey,
    partition: str | None = None,
    columns: list[str] | None = None,
) -> pa.Table:
    """The stored table of an asset, or of one of its partitions; all columns where none is named.

    Raises:
        SourceUnavailableError: there is none yet.
        StorageError: the file is damaged or cannot be read.
    """
    path, name = layout.table(asset, partition), asset.to_user_string()
    try:
        with naming(path, name), path.open("rb") as file:
            return pq.read_table(file, columns=columns)
    except FileNotFoundError:
        raise SourceUnavailableError(
            f"There is no {path} yet: materialize {name} first, or all that comes before an asset "
            "with it, as `--select '+key:tables/clean_tracks'` does."
        ) from None


def read_batches(
    layout: StorageLayout, asset: dg.AssetKey, batches: Iterable[str], empty: pd.DataFrame
) -> pa.Table:
    """The stored tables of these batches as one; a batch without a file was not crawled yet.

    One read of all files, since a UNION of one relation a batch passes DuckDB's depth of
    expressions from 161 batches on.

    Args:
        layout: where the files lie.
        asset: a crawled one, partitioned by batch.
        batches: the batches' keys.
        empty: a table of no rows that gives the columns.

    Raises:
        StorageError: a file is damaged or cannot be read.
    """
    folder = layout.folder(asset)
    stored = {path.name for path in folder.iterdir()} if folder.exists() else set()
    wanted = (layout.table(asset, batch) for batch in batches)
    paths = [path.path for path in wanted if path.name in stored]
    schema = arrow_table(empty).schema
    if not paths:
        return schema.empty_table()
    files = pads.dataset(paths, schema=schema, format="parquet", filesystem=folder.fs)
    # Which file it is stands in pyarrow's own message.
    with naming(f"A file in {folder}", asset.to_user_string()):
        return files.to_table()
