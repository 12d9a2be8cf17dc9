"""Puts what a model made where a person can open it: metrics, pictures, tables, the estimator.

The one place that turns a `Result` into a MaterializeResult. Files lie under
`<storage>/<group>/<asset>/`; the metrics themselves go through the IO manager like every table.
"""

import base64
import io
from collections.abc import Hashable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd
from dagster import MarkdownMetadataValue

from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.files import write_bytes
from spotyt_dagster.defs.storage_layout import ESTIMATOR, StorageLayout
from spotyt_dagster.figures.style import png_bytes, watermark
from spotyt_dagster.learning.evaluation.metric_table import NO_FIGURES, distinct_notes
from spotyt_dagster.learning.evaluation.refit import FittedEstimator
from spotyt_dagster.learning.result import Result
from spotyt_dagster.reporting.formatting import several
from spotyt_dagster.reporting.labels import SNAPSHOTS, variant
from spotyt_dagster.tables.provenance import Provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The name of the check that says whether a model could be fitted.
FITTED = "fitted"

#: Larger pictures would make the event log's rows heavy; the files are whole.
INLINE_PNG_BYTES = 150_000
INLINE_ROWS = 30


class Artifacts(dg.ConfigurableResource):
    """Files beside the tables, by asset key."""

    storage: str

    @property
    def layout(self) -> StorageLayout:
        """Where the files lie."""
        return StorageLayout(self.storage)

    def write(self, key: dg.AssetKey, files: dict[str, bytes]) -> None:
        """Write these files and remove those of an earlier run that are not among them."""
        folder = self.layout.folder(key)
        with user_errors_as_failures():
            for name, content in files.items():
                write_bytes(folder / name, content)
            for path in folder.iterdir() if folder.exists() else ():
                if path.name not in files and path.is_file():
                    path.unlink()

    def read(self, key: dg.AssetKey) -> dict[str, bytes]:
        """The files of an asset by name; none where it was not materialized."""
        folder = self.layout.folder(key)
        if not folder.exists():
            return {}
        paths = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda p: p.name)
        return {path.name: path.read_bytes() for path in paths}


def to_materialize_result(
    result: Result, key: dg.AssetKey, artifacts: Artifacts
) -> dg.MaterializeResult:
    """Save a model's files and describe it: numbers that the UI plots, pictures inline, the check.

    The metrics table is the asset's value. A failed model leaves its row and a failed check.
    """
    pictures = {name: _png(name, figure, result.metrics) for name, figure in result.figures.items()}
    artifacts.write(key, _files(result, pictures))
    return dg.MaterializeResult(
        value=result.metrics,
        metadata={
            **_facts(result, artifacts.layout, key),
            **{f"picture: {name}": _inline(name, png) for name, png in pictures.items()},
            **{f"table: {name}": _markdown(table) for name, table in result.tables.items()},
            # Last: some models have a hundred, and the page shows all this in this order.
            **_numbers(result.metrics),
        },
        check_results=[_fitted(result.metrics, key)],
    )


def _png(name: str, figure: "Figure", metrics: pd.DataFrame) -> bytes:
    # A model may show the 2023 numbers and the crawled ones; the first are real where the raw
    # table is, so a picture is marked by the rows it was made from.
    of_baseline = metrics["snapshot"] == "baseline"
    rows = metrics[of_baseline] if name.startswith("baseline") and of_baseline.any() else metrics
    if Provenance.of(rows).is_simulated:
        watermark(figure)
    return png_bytes(figure, INLINE_PNG_BYTES)


def _files(result: Result, pictures: dict[str, bytes]) -> dict[str, bytes]:
    import joblib

    files = {f"{name}.png": png for name, png in pictures.items()}
    files |= {f"{name}.parquet": _parquet(table) for name, table in result.tables.items()}
    if result.estimator is not None:
        dumped = io.BytesIO()
        joblib.dump(result.estimator.model, dumped)
        files[ESTIMATOR] = dumped.getvalue()
    return files


def _parquet(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    table.to_parquet(written)
    return written.getvalue()


def _facts(result: Result, layout: StorageLayout, key: dg.AssetKey) -> dict[str, Any]:
    """What a reader must know before the numbers, and where the files lie."""
    first = result.metrics.iloc[0]
    facts: dict[str, Any] = {
        "effort": str(first["effort"]),
        "seed": int(first["seed"]),
        "device": result.device,
        "files": dg.MetadataValue.path(str(layout.folder(key))),
    }
    if notes := distinct_notes(result.metrics["notes"]):
        facts["notes"] = dg.MetadataValue.md("\n".join(f"- {note}" for note in notes))
    if result.estimator is not None:
        facts["estimator"] = dg.MetadataValue.path(str(layout.file(key, ESTIMATOR)))
        facts |= _fitted_on(result.estimator)
        facts["estimator settings"] = dg.MetadataValue.json(_settings(result.estimator.model))
    return facts


def _fitted_on(estimator: FittedEstimator) -> dict[str, Any]:
    return {
        "estimator target": estimator.target,
        "estimator features": dg.MetadataValue.json(list(estimator.features)),
        "estimator rows": estimator.rows,
        "estimator fitted on": f"{estimator.rows:,} of {estimator.of_rows:,} rows, "
        f"{SNAPSHOTS[estimator.snapshot]}",
    }


def _settings(estimator: Any) -> dict[str, Any]:
    """The steps of a pipeline, and those parameters of its last one that can be written down."""
    steps = getattr(estimator, "steps", [("model", estimator)])
    parameters = {
        name: value
        for name, value in steps[-1][1].get_params().items()
        # JSON has neither NaN nor infinity
        if isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value))
    }
    return {"steps": [type(step).__name__ for _, step in steps], **parameters}


def _numbers(metrics: pd.DataFrame) -> dict[str, Any]:
    """One number a metric, named so that the UI's plots tell them apart."""
    known = metrics[metrics["value"].notna()]
    return {_number_name(row): row["value"] for row in known.to_dict("records")}


def _number_name(row: Mapping[Hashable, Any]) -> str:
    fit = variant(row["detail"], row["fit_scale"])
    parts = (row["metric"], row["snapshot"], fit, row["protocol"], row["split"], row["target"])
    return several(filter(None, parts))


def _inline(name: str, png: bytes) -> MarkdownMetadataValue:
    data = base64.b64encode(png).decode()
    return dg.MetadataValue.md(f"![{name}](data:image/png;base64,{data})")


def _markdown(table: pd.DataFrame) -> MarkdownMetadataValue:
    return dg.MetadataValue.md(table.head(INLINE_ROWS).to_markdown())


def _fitted(metrics: pd.DataFrame, key: dg.AssetKey) -> dg.AssetCheckResult:
    failed = metrics[metrics["status"].isin(NO_FIGURES)]
    return dg.AssetCheckResult(
        check_name=FITTED,
        asset_key=key,
        passed=failed.empty,
        severity=dg.AssetCheckSeverity.WARN,
        description=several(distinct_notes(failed["notes"])) or "fitted",
    )
