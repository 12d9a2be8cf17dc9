"""What is left in the end: the leaderboard, the study beside it, the page."""

import dagster as dg
import pandas as pd

from spotyt_dagster.defs.artifacts import Artifacts
from spotyt_dagster.defs.automation import DAILY_AFTER_THE_CRAWL
from spotyt_dagster.defs.conventions import asset_defaults, user_errors_as_failures
from spotyt_dagster.defs.models import MODELS
from spotyt_dagster.defs.resources import ApiClients, Training
from spotyt_dagster.defs.storage_layout import REPORT, REPORT_PAGE
from spotyt_dagster.reporting.html.model_section import model_section
from spotyt_dagster.reporting.html.page import render_report
from spotyt_dagster.reporting.html.report_section import ReportData
from spotyt_dagster.reporting.html.sections import SECTIONS
from spotyt_dagster.reporting.ranking import as_csv, leaders
from spotyt_dagster.reporting.ranking import leaderboard as make_leaderboard
from spotyt_dagster.reporting.run_summary import run_summary
from spotyt_dagster.reporting.study_comparison import study_comparison as compare_with_study

_READ = sorted({path for section in SECTIONS for path in section.reads})
"""What sections of the report read beside the leaderboard, by the path of the asset."""


def _input_name(path: str) -> str:
    return path.replace("/", "__")


_REPORT = asset_defaults("report", "pandas", "parquet", automation_condition=DAILY_AFTER_THE_CRAWL)


@dg.asset(ins={"__".join(model.key.path): dg.AssetIn(key=model.key) for model in MODELS}, **_REPORT)
def leaderboard(
    context: dg.AssetExecutionContext, artifacts: Artifacts, **metrics: pd.DataFrame
) -> pd.DataFrame:
    """Every model's figures under both protocols, ranked problem by problem; also as CSV.

    One row a metric; each ranking has a floor.
    """
    table = make_leaderboard(metrics.values())
    artifacts.write(context.asset_key, {"leaderboard.csv": as_csv(table)})
    context.add_output_metadata(
        {"first of each ranking": dg.MetadataValue.md(leaders(table).to_markdown(index=False))}
    )
    return table


@dg.asset(**_REPORT)
def study_comparison(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """The study's figures beside ours, and in words why they differ."""
    return compare_with_study(leaderboard)


@dg.asset(
    ins={
        "raw": dg.AssetIn(key=["ingest", "raw_tracks"]),
        "batches": dg.AssetIn(key=["ingest", "crawl_batches"]),
        "crawled": dg.AssetIn(key=["tables", "crawled_tracks"]),
        "dropped": dg.AssetIn(key=["tables", "dropped_rows"]),
        "errors": dg.AssetIn(key=["tables", "crawl_errors"]),
        **{_input_name(path): dg.AssetIn(key=path.split("/")) for path in _READ},
    },
    deps=[model.key for model in MODELS],
    **asset_defaults("report", "html", automation_condition=DAILY_AFTER_THE_CRAWL),
)
def report(
    artifacts: Artifacts,
    apis: ApiClients,
    training: Training,
    leaderboard: pd.DataFrame,
    raw: pd.DataFrame,
    batches: pd.DataFrame,
    crawled: pd.DataFrame,
    dropped: pd.DataFrame,
    errors: pd.DataFrame,
    **tables: pd.DataFrame,
) -> dg.MaterializeResult:
    """One page that shows it all: leaderboard, pictures, the study, where the numbers come from."""
    with user_errors_as_failures(), apis.open_ledger() as store:
        usage = [store.ledger.usage(bucket) for bucket in apis.buckets()]
        models = [
            model_section(
                model.key.to_user_string(), description_of(model), artifacts.read(model.key)
            )
            for model in MODELS
        ]
    summary = run_summary(
        raw=raw,
        batches=batches,
        crawled=crawled,
        dropped=dropped,
        errors=errors,
        usage=usage,
        effort=training.effort,
        seed=training.seed,
        made_at=apis.clock(),
    )
    read = {path: tables[_input_name(path)] for path in _READ}
    page = render_report(ReportData(leaderboard, models, summary, read))
    artifacts.write(REPORT, {REPORT_PAGE: page.encode()})
    path = artifacts.layout.file(REPORT, REPORT_PAGE)
    return dg.MaterializeResult(
        metadata={"path": dg.MetadataValue.path(str(path)), "bytes": len(page.encode())}
    )


def description_of(model: dg.AssetsDefinition) -> str:
    """What an asset's page in the UI says it is."""
    return model.descriptions_by_key[model.key]
