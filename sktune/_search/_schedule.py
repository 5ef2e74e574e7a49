"""``Schedule``: with what the settings of a search are trained, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._engine import Budget, StateStore
from .._records import Candidate
from ._hyperband._continue import Steps
from ._inputs._splits import Split


@dataclass(frozen=True, slots=True)
class Data:
    """What a schedule depends on besides the parameters of the search.

    Parameters
    ----------
    y, groups : object
        Target, and the groups that were given to the splitter; None: there are none.
    n_rows : int
        Rows of the data.
    splits : sequence of (train, test)
        The folds.
    fit_params : mapping
        Routed to ``fit``.
    n_starts : int
        Settings that are given, and come first.
    """

    y: Any
    groups: Any
    n_rows: int
    splits: Any
    fit_params: Mapping[str, Any]
    n_starts: int


class Schedule:
    """Every setting is trained once, on all rows of each fold.

    Parameters
    ----------
    splits : sequence of (train, test)
        The folds.

    Attributes
    ----------
    rungs : tuple of int
        Resources at which settings are scored; empty: there is one way to train a setting.
    keeps_states : bool
        Whether training goes on from saved states.
    goes_on : bool
        Whether a step costs no more than what it trains newly.
    """

    rungs: tuple[int, ...] = ()
    keeps_states = False
    goes_on = False

    def __init__(self, splits: Sequence[Split]) -> None:
        self.splits = splits

    def rows(self, candidate: Candidate, split: int) -> Split:
        """Rows with which a candidate is trained and scored on a fold."""
        return self.splits[split]

    def budget(self, search: Any) -> Budget:
        """How much the search may spend."""
        budget: Budget = search._make_budget()
        return budget

    def steps(self, states: StateStore | None) -> Steps | None:
        """What trains the estimators of folds with their resource; None: ``fit`` does."""
        return None

    def most_candidates(self, n_iter: int, n_settings: float) -> int:
        """How many candidates there are at most, with so many settings to choose from."""
        return int(min(n_iter, n_settings))

    def refit_params(self, estimator: Any, resource: int | None) -> dict[str, Any]:
        """Parameters that train the best setting as long as the search has done."""
        return {}

    def fit(
        self, estimator: Any, resource: int | None, X: Any, y: Any, params: Mapping[str, Any]
    ) -> None:
        """Fit the best setting on all rows, with the resource of the winner."""
        if y is None:
            estimator.fit(X, **params)
        else:
            estimator.fit(X, y, **params)
