"""How an asset's table is stored, read and described; files themselves are stored_tables.py's.

What a model leaves beside its table (pictures, tables, the estimator) is artifacts.py's.
"""

from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa

from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.storage_layout import StorageLayout
from spotyt_dagster.defs.stored_tables import (
    Table,
    arrow_table,
    read_table,
    relation,
    write_table,
)
from spotyt_dagster.reporting.formatting import several
from spotyt_dagster.tables.columns import MEANING
from spotyt_dagster.tables.provenance import SOURCES, Provenance


class ParquetStorage(dg.ConfigurableIOManagerFactory):
    """Parquet files in a storage.

    Args:
        storage: as in `StorageLayout`.
    """

    storage: str

    def create_io_manager(self, context: Any) -> "ParquetIOManager":
        """The IO manager of one run."""
        del context
        return ParquetIOManager(StorageLayout(self.storage))


class ParquetIOManager(dg.IOManager):
    """Writes pandas frames and DuckDB relations; reads what the asset's annotation asks for.

    Args:
        layout: where the files lie.
    """

    def __init__(self, layout: StorageLayout):
        self._layout = layout

    def handle_output(self, context: dg.OutputContext, obj: Table) -> None:
        """Store an asset's table, of its partition where it has one, and describe it."""
        partition = context.partition_key if context.has_partition_key else None
        with user_errors_as_failures():
            table = arrow_table(obj)
            write_table(self._layout, context.asset_key, partition, table)
        path = self._layout.table(context.asset_key, partition)
        context.add_output_metadata({**describe(table), "path": dg.MetadataValue.path(str(path))})

    def load_input(self, context: dg.InputContext) -> Any:
        """An asset's table as a DuckDB relation where the input is annotated so, else a frame."""
        partition = context.asset_partition_key if context.has_asset_partitions else None
        with user_errors_as_failures():
            table = read_table(self._layout, context.asset_key, partition)
        if context.dagster_type.typing_type is duckdb.DuckDBPyRelation:
            return relation(table)
        return table.to_pandas()


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
