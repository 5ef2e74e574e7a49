"""``SearchHooks``: the places where one search may differ from another.

Empty methods are no mistake here: most searches have nothing to do in them.
"""
# ruff: noqa: B027

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .._engine import Budget, History
from .._records import Listener
from .._sklearn_compat import scorers_by_name
from ..optimizers import BaseOptimizer
from ..optimizers._racing import Race
from ..space import SearchSpace, suggest_space
from ._fold import FoldEvaluator
from ._plan import Plan
from ._running import make_race
from ._schedule import Data, Schedule
from ._table._winner import best_index
from ._warnings import Edge, best_on_edges


class SearchHooks(ABC):
    """What a search may make, read, check or choose in its own way; it must make its optimiser."""

    estimator: Any
    n_iter: int
    max_time: float | None
    refit: Any
    scoring: Any

    @abstractmethod
    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        """Make the optimiser; `common` holds the keyword parameters of ``BaseOptimizer``.

        It also holds `earlier` if ``_read_earlier`` has found something.
        """

    def _make_racing(self, optimizer: BaseOptimizer) -> Race | None:
        """Make the race that drops candidates which can no longer win; None: no racing."""
        return make_race(self, optimizer)

    def _make_budget(self) -> Budget:
        """Make the budget, which says when to stop starting candidates."""
        return Budget(self.n_iter, self.max_time)

    def _make_schedule(
        self, space: SearchSpace, data: Data, seed: int, run_whole: bool
    ) -> Schedule:
        """With what settings are trained; where it has rungs, `common` holds them as well."""
        return Schedule(data.splits)

    def _not_searched(self) -> Collection[str]:
        """Parameters that a ready space must leave out, because the search sets them."""
        return ()

    def _objective_metric(self, scorer: Any) -> str | None:
        """Metric to maximise; None: the first one, whose name a callable may give only later."""
        if scorers := scorers_by_name(scorer):
            return self.refit if isinstance(self.refit, str) else next(iter(scorers))
        return self.refit if callable(scorer) and isinstance(self.refit, str) else None

    def _searched_for(self, metric: str | None) -> str | None:
        """What a journal must have been searched for to be gone on with."""
        return metric

    def _read_results(self) -> None:
        """Set attributes of one's own from ``cv_results_``, before the best setting is chosen."""

    def _choose_best(
        self,
        results: Mapping[str, Any],
        metric: Any,
        history: History,
        optimizer: BaseOptimizer,
    ) -> int:
        """Row of the best setting in ``cv_results_``."""
        return best_index(self, results, metric, history, optimizer)

    def _make_listeners(self) -> Iterable[Listener]:
        """Make the listeners, which are told what happens."""
        return ()

    def _ready_space(self, X: Any, y: Any) -> Any:
        """What "auto" stands for."""
        return suggest_space(self.estimator, X, y, scoring=self.scoring)

    def _check_before(
        self, space: SearchSpace, starts: Sequence[Mapping[str, Any]], y: Any, splits: Any
    ) -> None:
        """Raise an error for what this search cannot do, before any fit."""

    def _make_evaluator(self, plan: Plan, **fields: Any) -> FoldEvaluator:
        """What workers do with a fold; `fields` are those of ``FoldEvaluator``."""
        return FoldEvaluator(**fields)

    def _judge(self, plan: Plan, evaluate: FoldEvaluator, history: History) -> None:
        """Look once more at what was found, before the best setting is chosen."""

    def _add_columns(
        self, results: dict[str, Any], history: History, optimizer: BaseOptimizer
    ) -> None:
        """Add what only this search knows of its candidates to ``cv_results_``."""

    def _best_on_edges(self, optimizer: BaseOptimizer) -> list[Edge]:
        """Parameters whose best value lies on the edge of its range."""
        return best_on_edges(self, optimizer)

    def _read_earlier(
        self, space: SearchSpace, metric: str | None, test_ratio: float
    ) -> Sequence[Any]:
        """Read what earlier searches found, for `_make_optimizer`."""
        return ()
