"""``group_gap``: how far a score differs between groups of samples, as a score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer, make_scorer

from ..._sklearn_compat import safe_indexing, scorer_parts


class GroupGap:
    """The largest difference of a metric between groups: a metric itself, less is better."""

    def __init__(
        self, metric: Callable[..., float], options: Mapping[str, Any], groups: str
    ) -> None:
        self.metric = metric
        self.options = dict(options)
        self.groups = groups
        self.__name__ = f"gap_of_{getattr(metric, '__name__', 'metric')}"

    def __call__(self, y_true: Any, y_pred: Any, **groups: Any) -> float:
        """The gap between the groups that the metadata of this name holds."""
        if self.groups not in groups:
            raise ValueError(
                f"group_gap needs the metadata {self.groups!r}, one group for each sample: pass it "
                f"to fit, as in search.fit(X, y, {self.groups}=...)."
            )
        labels = np.asarray(groups[self.groups])
        scores = [
            self.metric(safe_indexing(y_true, rows), safe_indexing(y_pred, rows), **self.options)
            for rows in (np.flatnonzero(labels == label) for label in np.unique(labels))
        ]
        return float(np.ptp(scores))


def group_gap(scoring: Any, groups: str = "groups") -> Any:
    """Make a scorer of the largest difference of a score between groups of samples.

    In a ``ParetoSearchCV`` it is a cost: a gap of 0.1 is 0.1 in `pareto_front_`, limits and
    thresholds, and -0.1 in ``cv_results_``, as of all scorers of which less is better. A group
    that a fold does not hold does not count in it.

    Parameters
    ----------
    scoring : str or callable
        A name of ``sklearn.metrics.get_scorer``, or what ``make_scorer`` has made.
    groups : str, default="groups"
        Name of the metadata that says to which group each sample belongs, as it is passed to
        ``fit``. Needs ``sklearn.set_config(enable_metadata_routing=True)``.

    Returns
    -------
    scorer
        With the request for the metadata.

    Raises
    ------
    ValueError
        If `scoring` is not a scorer of this kind, or metadata routing is not enabled.

    Examples
    --------
    >>> import numpy as np
    >>> import sklearn
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.dummy import DummyClassifier
    >>> from sktune import group_gap
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     scorer = group_gap("accuracy", groups="garden")
    ...     X, y = load_iris(return_X_y=True)
    ...     garden = np.where(y == 0, "here", "there")
    ...     scorer(DummyClassifier().fit(X, y), X, y, garden=garden)
    -1.0
    """
    scorer = get_scorer(scoring)
    parts = scorer_parts(scorer, None)
    if parts is None:
        raise ValueError(
            "group_gap needs the name of a scorer, or one that make_scorer has made, got "
            f"{scoring!r}."
        )
    function, _, options, methods = parts
    try:
        return make_scorer(
            GroupGap(function, options, groups),
            response_method=methods if len(methods) > 1 else methods[0],
            greater_is_better=False,
        ).set_score_request(**{groups: True})
    except RuntimeError as error:
        raise ValueError(
            "group_gap needs metadata routing: call "
            "sklearn.set_config(enable_metadata_routing=True) first."
        ) from error


def is_gap(scorer: Any) -> bool:
    """Whether a scorer tells a gap between groups."""
    parts = scorer_parts(scorer, None)
    return parts is not None and isinstance(parts[0], GroupGap)
