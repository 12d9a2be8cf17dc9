"""The graph of `orchestration.py` without Dagster: plain calls of the lower layer, one by one.

Writes the same files as the assets do. What is passed on is passed in memory, as plain code would.
"""

import io
from pathlib import Path

import joblib
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from spotyt_dagster.defs.artifacts import INLINE_PNG_BYTES
from spotyt_dagster.defs.files import write_bytes
from spotyt_dagster.defs.stored_tables import arrow_table, relation
from spotyt_dagster.figures.style import png_bytes, watermark
from spotyt_dagster.learning.clustering import kmeans
from spotyt_dagster.learning.regression import ols
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.sandbox.server import SANDBOX_SECRETS
from spotyt_dagster.settings import LearningSettings, Settings
from spotyt_dagster.sources.crawl_store import open_store
from spotyt_dagster.sources.crawler import Crawler, Endpoints
from spotyt_dagster.sources.entities import ENTITY_TYPES
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.sources.session import new_session
from spotyt_dagster.sources.youtube import UNITS
from spotyt_dagster.tables import batches, clean, crawled, features, official
from spotyt_dagster.tables.provenance import Provenance

#: The one partition of the Dagster run, which holds all official tracks.
BATCH = batches.batch_key(1)


def plain_graph(settings: Settings) -> None:
    """Ingest, crawl one batch, make the tables, train two models, write it all."""
    tracks, batched = _ingest(settings)
    read = _crawl(settings, batched)
    track_features, baseline = _tables(settings, tracks, batched, read)
    learning = LearningSettings(seed=settings.seed, effort=settings.effort)
    for model in (ols.MODEL, kmeans.MODEL):
        result = run_model(model, track_features, baseline, learning)
        _keep_model(UPath(settings.storage) / model.task / model.name, result)


def _ingest(settings: Settings) -> tuple[pa.Table, pa.Table]:
    good, rejected = read_tracks(settings.raw, settings.seed)
    raw = _keep(settings, "ingest/raw_tracks", good)
    _keep(settings, "ingest/rejected_rows", rejected)
    tracks = _keep(settings, "ingest/official_tracks", official.official_tracks(relation(raw)))
    batched = batches.crawl_batches(relation(tracks), settings.batch_rows)
    return tracks, _keep(settings, "ingest/crawl_batches", batched)


def _crawl(settings: Settings, batched: pa.Table) -> dict[str, pa.Table]:
    units = {UNITS.name: settings.youtube_daily_units}
    endpoints = Endpoints(settings.sandbox_url or "", SANDBOX_SECRETS, units)
    listed, read = batched.to_pandas(), {}
    with (
        open_store(settings.crawl_db, settings.api, settings.clock) as store,
        new_session(settings.parallel_calls) as session,
    ):
        crawler = Crawler(endpoints, session, store, settings.parallel_calls)
        for one in ENTITY_TYPES:
            listing = None if one.listed_in is None else read[one.listed_in.name]
            records = crawler.crawl(one, one.ids(listed, listing)).records
            read[one.name] = one.to_table(records, settings.api)
    return {
        one.name: _keep(settings, f"crawl/{one.table}/{BATCH}", read[one.name])
        for one in ENTITY_TYPES
    }


def _tables(
    settings: Settings, tracks: pa.Table, batched: pa.Table, read: dict[str, pa.Table]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    crawl = [
        crawled.CrawledTable(one.name, relation(read[one.name]), one.id_column, one.join_on)
        for one in ENTITY_TYPES
    ]
    joined = _keep(
        settings,
        "tables/crawled_tracks",
        crawled.crawled_tracks(relation(tracks), relation(batched), crawl),
    )
    _keep(settings, "tables/crawl_errors", crawled.crawl_errors(crawl))
    _keep(settings, "tables/dropped_rows", clean.dropped_rows(relation(joined)))
    cleaned = _keep(settings, "tables/clean_tracks", clean.clean_tracks(relation(joined)))
    made = _keep(settings, "tables/track_features", features.track_features(relation(cleaned)))
    baseline = features.baseline_features(clean.baseline_tracks(relation(tracks)))
    kept = _keep(settings, "tables/baseline_tracks", baseline)
    return made.to_pandas(), kept.to_pandas()


def _keep(settings: Settings, path: str, table: object) -> pa.Table:
    made = arrow_table(table)  # pyright: ignore[reportArgumentType]
    sink = pa.BufferOutputStream()
    pq.write_table(made, sink, compression="zstd")
    write_bytes(UPath(settings.storage) / f"{path}.parquet", sink.getvalue().to_pybytes())
    return made


def _keep_model(folder: UPath, result: Result) -> None:
    simulated = Provenance.of(result.metrics).is_simulated
    for name, figure in result.figures.items():
        if simulated:
            watermark(figure)
        write_bytes(folder / f"{name}.png", png_bytes(figure, INLINE_PNG_BYTES))
    for name, table in result.tables.items():
        write_bytes(folder / f"{name}.parquet", _parquet(table))
    if result.estimator is not None:
        dumped = io.BytesIO()
        joblib.dump(result.estimator.model, dumped)
        write_bytes(folder / "estimator.joblib", dumped.getvalue())
    write_bytes(folder.parent / f"{folder.name}.parquet", _parquet(result.metrics))


def _parquet(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    table.to_parquet(written)
    return written.getvalue()


def files_under(storage: str) -> set[str]:
    """Every file that a run has left, by its path under the storage."""
    root = Path(storage)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
