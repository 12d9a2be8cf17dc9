"""The summary of a run that stands in the head of the report."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import pandas as pd

from spotyt_dagster.reporting.formatting import share
from spotyt_dagster.sources.ledger import Usage
from spotyt_dagster.tables.clean import counts_by_reason
from spotyt_dagster.tables.official import video_doubts
from spotyt_dagster.tables.provenance import Provenance


def run_summary(
    *,
    raw: pd.DataFrame,
    batches: pd.DataFrame,
    crawled: pd.DataFrame,
    dropped: pd.DataFrame,
    errors: pd.DataFrame,
    usage: list[Usage],
    effort: str,
    seed: int,
    made_at: datetime,
) -> dict[str, Any]:
    """What the run was, by name, as `render_report` takes it; counts are rows."""
    provenance = Provenance.of(raw) | Provenance(api=Provenance.of(crawled).api)
    return {
        **asdict(provenance),
        "raw_rows": len(raw),
        "official_rows": len(crawled),
        **{
            what.capitalize(): f"{count:,} ({share(count / max(len(crawled), 1))})"
            for what, count in video_doubts(crawled).items()
        },
        "batches": int(batches["batch"].nunique()),
        "crawl_coverage": f"{crawled['viewCount'].notna().mean():.1%}",
        "Children's rows": int(crawled["madeForKids"].fillna(False).sum()),
        "dropped_rows": counts_by_reason(dropped),
        "entities_not_read": {
            str(what): int(count)
            for what, count in (errors["kind"] + ": " + errors["reason"]).value_counts().items()
        },
        "units_used_today": {one.bucket: one.used for one in usage},
        "effort": effort,
        "seed": seed,
        "made_at": made_at,
    }
