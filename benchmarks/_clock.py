"""A simulated clock: a search on many workers, in the time that its parent process needs.

``simulate`` drives any optimiser by ask and tell as the engine does: one parent, which needs some
time for each suggestion and for each fold, and workers, which wait for the parent.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sktune._records import Candidate, Observation


@dataclass(frozen=True, slots=True)
class Course:
    """The result of a simulated search.

    Parameters
    ----------
    candidates : list of Candidate
        In order of suggestion.
    scores : list of float
        Mean score of each, in the same order; of several scores the first.
    ends : list of float
        Simulated second at which each was told.
    busy, waiting : float
        Seconds of all workers together: fitting, and waiting for the parent between their first
        and their last fit.
    suggestion : float
        Measured CPU seconds of all suggestions and tells together.
    """

    candidates: list[Any]
    scores: list[float]
    ends: list[float]
    busy: float
    waiting: float
    suggestion: float

    @property
    def idle_share(self) -> float:
        """Share of their time that the workers wait."""
        return self.waiting / (self.busy + self.waiting)


def simulate(
    optimizer: Any,
    score: Callable[[Any], np.ndarray | dict[str, np.ndarray]],
    seconds: Callable[[], float],
    n_iter: int,
    n_workers: Callable[[float], int],
    fold_cost: float = 0.001,
) -> Course:
    """Run a search of `n_iter` candidates on workers that exist only on the clock.

    Parameters
    ----------
    optimizer : BaseOptimizer
    score : callable
        Scores of a candidate, shape (n_splits,); of several, a dict by name.
    seconds : callable
        Draws how long a fit takes; a candidate is one fit, however many scores it has.
    n_iter : int
        Candidates in all.
    n_workers : callable
        How many workers there are at a second of the simulated clock.
    fold_cost : float, default=0.001
        Seconds that the parent needs to send a fold and to take its result, beside the
        suggestion, whose CPU time is measured.

    Returns
    -------
    Course
    """
    candidates: list[Any] = []
    ends: dict[int, float] = {}
    scores: dict[int, float] = {}
    # When each worker became free, and (end of fit, id) of running fits.
    free, running = [0.0] * n_workers(0.0), []
    now = busy = waiting = spent = 0.0
    while len(ends) < n_iter:
        if free and len(candidates) < n_iter:
            start = time.process_time()
            candidate = optimizer.ask(len(candidates) / n_iter, n_workers(now))
            cost = time.process_time() - start
            if isinstance(candidate, Candidate):
                candidates.append(candidate)
                spent, now = spent + cost, now + cost + fold_cost
                waiting += now - free.pop()
                fit = seconds()
                busy += fit
                heapq.heappush(running, (now + fit, candidate.id))
                continue
        if not running:
            break
        end, place = heapq.heappop(running)
        now = max(now, end)
        candidate, values = candidates[place], score(candidates[place])
        by_name = values if isinstance(values, dict) else {"score": values}
        start = time.process_time()
        optimizer.tell(Observation(candidate, by_name, "complete"))
        cost = time.process_time() - start
        spent, now = spent + cost, now + cost
        ends[place], scores[place] = now, float(np.mean(next(iter(by_name.values()))))
        lacking = n_workers(now) - len(running) - len(free)
        if lacking > 0:
            # The worker that has just finished, and those that have joined.
            free += [end] + [now] * (lacking - 1)
    order = range(len(candidates))
    return Course(
        candidates, [scores[i] for i in order], [ends[i] for i in order], busy, waiting, spent
    )
