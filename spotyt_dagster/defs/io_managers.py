"""Tables as Parquet files: `<storage>/<group>/<asset>.parquet`, or `…/<asset>/<partition>.parquet`.

A file is written under another name and renamed, so that a crash leaves the old one or the new one.
What a table is made of belongs in `tables/`; artifacts of models in `results.py`.
"""

from typing import Any, get_origin

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from dagster import UPathIOManager
from upath import UPath

from ..tables.columns import MEANING
from .files import write_bytes

#: Columns whose values say where the rows come from.
PROVENANCE = ("raw_source", "api")


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

    def dump_to_path(
        self, context: dg.OutputContext, obj: pd.DataFrame | duckdb.DuckDBPyRelation, path: UPath
    ) -> None:
        table = arrow_table(obj)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        write_bytes(path, sink.getvalue().to_pybytes())
        context.add_output_metadata(describe(table))

    def load_partitions(self, context: dg.InputContext) -> Any:
        loaded = super().load_partitions(context)
        wants_all = get_origin(context.dagster_type.typing_type) is dict
        if not wants_all or isinstance(loaded, dict):
            return loaded
        # Where there is one partition in all, Dagster hands over its bare table (or None if it is
        # missing), although every partition was asked for: a table of fewer than 4,500 rows.
        (key,) = context.asset_partition_keys
        return {} if loaded is None else {key: loaded}

    def load_from_path(self, context: dg.InputContext, path: UPath) -> Any:
        with path.open("rb") as file:
            table = pq.read_table(file)
        if "DuckDBPyRelation" in str(context.dagster_type.typing_type):
            return relation(table)
        return table.to_pandas()


def describe(table: pa.Table) -> dict[str, Any]:
    """Row count, column schema and provenance of a table, as asset metadata."""
    columns = [
        dg.TableColumn(field.name, str(field.type), description=MEANING.get(field.name))
        for field in table.schema
    ]
    sources = {
        name: "+".join(sorted(filter(None, table[name].unique().to_pylist()))) or "none"
        for name in PROVENANCE
        if name in table.column_names
    }
    return {
        "dagster/row_count": table.num_rows,
        "dagster/column_schema": dg.TableSchema(columns=columns),
        **sources,
    }


def arrow_table(obj: pd.DataFrame | duckdb.DuckDBPyRelation) -> pa.Table:
    """A frame or relation as an Arrow table without pandas' own metadata."""
    if isinstance(obj, pd.DataFrame):
        return pa.Table.from_pandas(obj, preserve_index=False).replace_schema_metadata()
    return obj.to_arrow_table()
