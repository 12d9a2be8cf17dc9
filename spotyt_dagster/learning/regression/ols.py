"""Ordinary least squares of views, likes and comments on streams, with the full summary."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from spotyt_dagster.figures import regression as pictures
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.evaluate import evaluate_both
from spotyt_dagster.learning.evaluation.metric_table import join_metrics, metric_rows
from spotyt_dagster.learning.evaluation.task import PredictionTask, regression_problem
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

IN_SAMPLE = "in sample: fitted and measured on the same rows"
TARGETS = {
    "crawled": ("viewCount", "likeCount", "commentCount"),
    "baseline": ("Views", "Likes", "Comments"),
}


def ols(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Least squares of views, likes and comments on Spotify streams, one at a time.

    The full summary over all rows as in the study, and the same line measured on rows it has not
    seen. Standard errors are clustered by artist, as an artist's tracks err alike; HC3's (unequal
    spread, rows independent) and the classic ones (neither) stand beside them. On the real table
    those of the slope are 0.034, 0.028 and 0.007.
    """
    from sklearn.linear_model import LinearRegression

    parts, evaluations, tables = [], [], {}
    frames = {"crawled": tracks, "baseline": baseline}
    problems = [
        regression_problem(frames[snapshot], target).with_features("Stream")
        for snapshot, targets in TARGETS.items()
        for target in targets
    ]
    for problem in problems:
        summary = summary_tables(least_squares(problem), problem.frame["Artist"])
        parts.append(_metrics(summary, problem, settings))
        tables |= {f"{problem.target}_{name}": table for name, table in summary.items()}
        evaluations += evaluate_both(LinearRegression(), problem, settings, model="ols")
    shared = regression_result(*evaluations, name="OLS on Stream")
    return Result(
        metrics=join_metrics([*parts, shared.metrics]),
        figures={**_figures(problems[0]), **shared.figures},
        tables={**tables, **shared.tables},
        estimator=shared.estimator,
    )


def least_squares(problem: PredictionTask) -> Any:
    """Statsmodels' fitted results of target ~ 1 + Stream on all rows, with classic errors."""
    import statsmodels.api as sm

    with deterministic(0):
        X = sm.add_constant(problem.inputs(problem.study))
        return sm.OLS(problem.y, X).fit()


def summary_tables(fitted: Any, artists: pd.Series) -> dict[str, pd.DataFrame]:
    """The summary as data: `coefficients`, `diagnostics` and `summary`.

    They have a row a term, a row a statistic, and a row a line of statsmodels' own text. `artists`
    says whose each row is: what has no suffix in `coefficients`, the F test and the text are
    clustered by it; `_hc3` and `_classic` stand beside.
    """
    from statsmodels.stats.stattools import durbin_watson, jarque_bera, omni_normtest

    codes, _ = pd.factorize(artists)
    clustered = fitted.get_robustcov_results("cluster", groups=codes)
    kinds = {"": clustered, "_hc3": fitted.get_robustcov_results("HC3"), "_classic": fitted}
    coefficients = pd.DataFrame(
        {"term": fitted.params.index, "coefficient": fitted.params.to_numpy()}
        | {f"{name}{suffix}": v for suffix, kind in kinds.items() for name, v in _errors(kind)}
    )
    omnibus, omnibus_p = omni_normtest(fitted.resid)
    jb, jb_p, skew, kurtosis = jarque_bera(fitted.resid)
    diagnostics = {
        "n": fitted.nobs,
        "r2": fitted.rsquared,
        "r2_adjusted": fitted.rsquared_adj,
        "artists": len(pd.unique(codes)),
        "f": float(clustered.fvalue),
        "f_p": float(clustered.f_pvalue),
        "log_likelihood": fitted.llf,
        "aic": fitted.aic,
        "bic": fitted.bic,
        "df_residual": fitted.df_resid,
        "df_model": fitted.df_model,
        "omnibus": omnibus,
        "omnibus_p": omnibus_p,
        "durbin_watson": durbin_watson(fitted.resid),
        "jarque_bera": jb,
        "jarque_bera_p": jb_p,
        "skew": skew,
        "kurtosis": kurtosis,
        "condition_number": fitted.condition_number,
    }
    return {
        "coefficients": coefficients,
        "diagnostics": pd.DataFrame(
            {"statistic": list(diagnostics), "value": [float(v) for v in diagnostics.values()]}
        ),
        "summary": pd.DataFrame({"line": clustered.summary().as_text().splitlines()}),
    }


def _errors(fitted: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Standard errors of a fit with what follows from them, by name."""
    ends = np.asarray(fitted.conf_int())
    yield "std_error", np.asarray(fitted.bse)
    yield "t", np.asarray(fitted.tvalues)
    yield "p", np.asarray(fitted.pvalues)
    yield "low", ends[:, 0]
    yield "high", ends[:, 1]


def _metrics(
    summary: dict[str, pd.DataFrame], problem: PredictionTask, settings: LearningSettings
) -> pd.DataFrame:
    diagnostics = summary["diagnostics"]
    values: dict[str, Any] = dict(zip(diagnostics["statistic"], diagnostics["value"], strict=True))
    for row in summary["coefficients"].to_dict("records"):
        name = "const" if row["term"] == "const" else "slope"
        for suffix in ("", "_hc3", "_classic"):
            ends = (row[f"{end}{suffix}"] for end in ("low", "high"))
            values[f"{name}{suffix}"] = (row["coefficient"], *ends)
    return metric_rows(
        values,
        frame=problem.frame,
        settings=settings,
        task="regression",
        model="ols",
        snapshot=problem.snapshot,
        features="Stream",
        target=problem.target,
        notes=(IN_SAMPLE, *problem.notes),
    )


def _figures(problem: PredictionTask) -> dict[str, Any]:
    fitted = least_squares(problem)
    const, slope = fitted.params
    return {
        "line": pictures.line_through(
            problem.frame["Stream"], problem.y, const=const, slope=slope, xlabel="Stream",
            ylabel=problem.target, title=f"Least squares of {problem.target} on Stream",
        ),
        "residuals": pictures.residuals(
            fitted.fittedvalues.to_numpy(),
            fitted.get_influence().resid_studentized_internal,
            target=problem.target,
            title=f"Residuals of {problem.target} on Stream",
        ),
    }  # fmt: skip


MODEL = Analysis(
    task="regression",
    name="ols",
    title="OLS on Stream",
    description="Least squares of views, likes and comments on Spotify streams, one at a time.",
    kinds=("statsmodels", "scikitlearn"),
    analyse=ols,
)
