"""Which metrics of a search are traded for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._trace import check_is_search

# What every search measures anyway, besides its metrics.
TIMES = ("fit_time", "score_time")


def names_of_metrics(results: Mapping[str, Any]) -> list[str]:
    """Metrics of a table of results, in its order."""
    return [key.removeprefix("mean_test_") for key in results if key.startswith("mean_test_")]


def checked_metrics(search: Any, metrics: Sequence[str] | None) -> tuple[str, ...]:
    """At least two metrics of a fitted search; None: all that it has.

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    TypeError
        If it has no ``cv_results_``.
    ValueError
        If there are fewer than two, one twice, or one that the search does not have.
    """
    check_is_search(search)
    known = names_of_metrics(search.cv_results_)
    chosen = known if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    unknown = [name for name in chosen if name not in (*known, *TIMES)]
    if unknown:
        raise ValueError(
            f"metrics names {unknown}; the search has {known}, and 'fit_time' and 'score_time' "
            "can be named besides."
        )
    if len(chosen) < 2 or len(set(chosen)) < len(chosen):
        raise ValueError(
            f"metrics must name at least two scores, none of them twice, got {chosen}. The search "
            f"has {known}, and 'fit_time' and 'score_time' can be named besides."
        )
    return tuple(chosen)
