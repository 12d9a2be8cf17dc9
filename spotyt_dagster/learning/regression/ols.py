"""Ordinary least squares of views, likes and comments on streams, with the full summary."""

from typing import Any

import pandas as pd
from sklearn.linear_model import LinearRegression

from spotyt_dagster.figures import regression as pictures
from spotyt_dagster.learning.determinism import pinned
from spotyt_dagster.learning.problem import Problem, regression_problem
from spotyt_dagster.learning.protocol import LearningSettings, side_by_side
from spotyt_dagster.learning.regression.outcome import regression_result
from spotyt_dagster.learning.result import Result, join_metrics, metric_rows

KINDS = ("statsmodels", "scikitlearn")
IN_SAMPLE = "in sample: fitted and measured on the same rows"
TARGETS = {
    "crawled": ("viewCount", "likeCount", "commentCount"),
    "baseline": ("Views", "Likes", "Comments"),
}


def ols(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Least squares of views, likes and comments on Spotify streams, one at a time.

    The full summary over all rows as in the study (classic errors, HC3 errors beside them), and
    the same line measured on rows it has not seen.
    """
    parts, evaluations, tables = [], [], {}
    frames = {"crawled": tracks, "baseline": baseline}
    problems = [
        regression_problem(frames[era], target).with_features("Stream")
        for era, targets in TARGETS.items()
        for target in targets
    ]
    for problem in problems:
        fitted = least_squares(problem)
        parts.append(_metrics(fitted, problem, settings))
        tables |= {f"{problem.target}_{name}": t for name, t in summary_tables(fitted).items()}
        evaluations += side_by_side(LinearRegression(), problem, settings, model="ols")
    shared = regression_result(*evaluations, name="OLS on Stream")
    return Result(
        metrics=join_metrics([*parts, shared.metrics]),
        figures={**_figures(problems[0]), **shared.figures},
        tables={**tables, **shared.tables},
        estimator=shared.estimator,
    )


def least_squares(problem: Problem) -> Any:
    """statsmodels' fitted results of target ~ 1 + Stream on all rows, with classic errors."""
    import statsmodels.api as sm

    with pinned(0):
        X = sm.add_constant(problem.inputs(problem.study))
        return sm.OLS(problem.y, X).fit()


def summary_tables(fitted: Any) -> dict[str, pd.DataFrame]:
    """The summary as data: `coefficients` (a row a term), `diagnostics` (a row a statistic) and
    `summary` (statsmodels' own text, a row a line)."""
    from statsmodels.stats.stattools import durbin_watson, jarque_bera, omni_normtest

    robust = fitted.get_robustcov_results("HC3")
    classic_ends, robust_ends = fitted.conf_int().to_numpy(), robust.conf_int()
    coefficients = pd.DataFrame(
        {
            "term": fitted.params.index,
            "coefficient": fitted.params.to_numpy(),
            "std_error": fitted.bse.to_numpy(),
            "t": fitted.tvalues.to_numpy(),
            "p": fitted.pvalues.to_numpy(),
            "low": classic_ends[:, 0],
            "high": classic_ends[:, 1],
            "std_error_hc3": robust.bse,
            "t_hc3": robust.tvalues,
            "p_hc3": robust.pvalues,
            "low_hc3": robust_ends[:, 0],
            "high_hc3": robust_ends[:, 1],
        }
    )
    omnibus, omnibus_p = omni_normtest(fitted.resid)
    jb, jb_p, skew, kurtosis = jarque_bera(fitted.resid)
    diagnostics = {
        "n": fitted.nobs,
        "r2": fitted.rsquared,
        "r2_adjusted": fitted.rsquared_adj,
        "f": fitted.fvalue,
        "f_p": fitted.f_pvalue,
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
        "summary": pd.DataFrame({"line": fitted.summary().as_text().splitlines()}),
    }


def _metrics(fitted: Any, problem: Problem, settings: LearningSettings) -> pd.DataFrame:
    tables = summary_tables(fitted)
    diagnostics = tables["diagnostics"]
    values: dict[str, Any] = dict(zip(diagnostics["statistic"], diagnostics["value"], strict=True))
    for row in tables["coefficients"].itertuples():
        name = "const" if row.term == "const" else "slope"
        values[name] = (row.coefficient, row.low, row.high)
        values[f"{name}_hc3"] = (row.coefficient, row.low_hc3, row.high_hc3)
    return metric_rows(
        values,
        frame=problem.frame,
        settings=settings,
        task="regression",
        model="ols",
        variant=problem.era,
        features="Stream",
        target=problem.target,
        note="; ".join(filter(None, [IN_SAMPLE, problem.note])),
    )


def _figures(problem: Problem) -> dict[str, Any]:
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
