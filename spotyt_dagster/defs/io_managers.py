"""Tables as Parquet files: `<storage>/<group>/<asset>.parquet`, or `…/<asset>/<partition>.parquet`.

A file is written under another name and renamed, so that a crash leaves the old one or the new one.
What a table is made of belongs in `tables/`; artifacts of models in `results.py`.
"""

from collections.abc import Iterable
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from dagster import UPathIOManager
from upath import UPath

from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.files import write_bytes
from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.reporting.formatting import several
from spotyt_dagster.tables.columns import MEANING
from spotyt_dagster.tables.provenance import SOURCES, Provenance


class ParquetStorage(dg.ConfigurableIOManagerFactory):
    """Parquet files under `storage`: a folder, or an address such as s3://bucket/path."""

    storage: str

    def create_io_manager(self, context: Any) -> "ParquetIOManager":
        """The IO manager of one run."""
        del context
        return ParquetIOManager(base_path=UPath(self.storage))


def relation(table: pa.Table) -> duckdb.DuckDBPyRelation:
    """A table as a relation of DuckDB's default connection, where all relations can be joined."""
    return duckdb.from_arrow(table)


class ParquetIOManager(UPathIOManager):
    """Writes pandas frames and DuckDB relations; reads what the asset's annotation asks for."""

    extension = ".parquet"

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        # Around all of it: Dagster makes the folder before it asks for the file.
        with user_errors_as_failures():
            super().handle_output(context, obj)

    def load_input(self, context: dg.InputContext) -> Any:
        with user_errors_as_failures():
            return super().load_input(context)

    def dump_to_path(
        self, context: dg.OutputContext, obj: pd.DataFrame | duckdb.DuckDBPyRelation, path: UPath
    ) -> None:
        table = arrow_table(obj)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        write_bytes(path, sink.getvalue().to_pybytes())
        context.add_output_metadata(describe(table))

    def load_from_path(self, context: dg.InputContext, path: UPath) -> Any:
        table = read_table(path, context.asset_key)
        if "DuckDBPyRelation" in str(context.dagster_type.typing_type):
            return relation(table)
        return table.to_pandas()


def read_table(path: UPath, asset: dg.AssetKey) -> pa.Table:
    """The stored table of an asset, or of one of its partitions.

    Raises:
        SourceUnavailableError: there is none yet, or the file is damaged.
    """
    name = asset.to_user_string()
    try:
        with path.open("rb") as file:
            return pq.read_table(file)
    except FileNotFoundError:
        raise SourceUnavailableError(
            f"There is no {path} yet: materialize {name} first, or all that comes before an asset "
            "with it, as `--select '+key:tables/clean_tracks'` does."
        ) from None
    except pa.ArrowInvalid as error:
        raise SourceUnavailableError(_damaged(str(path), name, error)) from None


def _damaged(where: str, asset: str, error: pa.ArrowInvalid) -> str:
    reason = str(error).strip().splitlines()[0]
    return f"{where} is damaged ({reason}): delete it and materialize {asset} again."


def batches_table(
    storage: str, asset: dg.AssetKey, batches: Iterable[str], empty: pd.DataFrame
) -> pa.Table:
    """The stored tables of these batches as one; a batch without a file was not crawled yet.

    One read of all files, since a UNION of one relation a batch passes DuckDB's depth of
    expressions from 161 batches on.

    Args:
        empty: a table of no rows that gives the columns.

    Raises:
        SourceUnavailableError: a file is damaged.
    """
    folder = UPath(storage).joinpath(*asset.path)
    stored = {path.name for path in folder.iterdir()} if folder.exists() else set()
    names = (f"{batch}{ParquetIOManager.extension}" for batch in batches)
    paths = [(folder / name).path for name in names if name in stored]
    schema = arrow_table(empty).schema
    if not paths:
        return schema.empty_table()
    files = pads.dataset(paths, schema=schema, format="parquet", filesystem=folder.fs)
    try:
        return files.to_table()
    except pa.ArrowInvalid as error:  # names the file
        raise SourceUnavailableError(
            _damaged(f"A file in {folder}", asset.to_user_string(), error)
        ) from None


def describe(table: pa.Table) -> dict[str, Any]:
    """Row count, column schema and provenance of a table, as asset metadata."""
    columns = [
        dg.TableColumn(field.name, str(field.type), description=MEANING.get(field.name))
        for field in table.schema
    ]
    named = [name for name in SOURCES if name in table.column_names]
    provenance = Provenance.of(table.select(named).to_pandas())
    sources = {name: several(getattr(provenance, name)) or "none" for name in named}
    return {
        "dagster/row_count": table.num_rows,
        "dagster/column_schema": dg.TableSchema(columns=columns),
        **sources,
    }


def arrow_table(obj: pd.DataFrame | duckdb.DuckDBPyRelation) -> pa.Table:
    """A frame or relation as an Arrow table without pandas' own metadata."""
    if isinstance(obj, pd.DataFrame):
        table = pa.Table.from_pandas(obj, preserve_index=False).replace_schema_metadata()
        return table.cast(pa.schema([_of_texts(field) for field in table.schema]))
    return obj.to_arrow_table()


def _of_texts(field: pa.Field) -> pa.Field:
    # a column of lists that are all empty, such as notes, has no type of its own
    untyped = pa.types.is_list(field.type) and pa.types.is_null(field.type.value_type)
    return field.with_type(pa.list_(pa.string())) if untyped else field
