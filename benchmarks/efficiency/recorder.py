"""The objective that a method is given: it counts, times and records its calls."""

import time

import numpy as np
from problems import N_FOLDS


class BudgetSpent(Exception):
    """Raised instead of a score when the budget is used up."""


class Recorder:
    """Scores settings of a problem, and records the scores and the cost of suggestions.

    Parameters
    ----------
    problem : Problem
    n : int
        Settings that a peer may score by calling; a search class is limited by ``n_iter``.
    noisy : bool
        Read five noisy folds of each setting; otherwise one, its true score.
    seed : int
        Of the folds.

    Attributes
    ----------
    true : list of float
        True score of each setting, in order of its first reading.
    spent : list of float
        CPU seconds between the last score before a setting and its own first.
    """

    starts = ()

    def __init__(self, problem, n, noisy=False, seed=0):
        self.problem, self.n, self.noisy, self.seed = problem, n, noisy, seed
        self.n_folds = N_FOLDS if noisy else 1
        self.true, self.spent = [], []
        self._read = []  # of each setting: {fold: score}
        self._order = []  # (setting, fold) of each reading
        self._places, self._mark = {}, time.process_time()
        self._chosen = None

    def __call__(self, params):
        """Mean score of all folds, for methods that know nothing of folds."""
        if len(self.true) >= self.n:
            raise BudgetSpent
        return float(np.mean([self.fold(params, k) for k in range(self.n_folds)]))

    def fold(self, params, k):
        """Score of one fold, for a search that cross-validates by itself."""
        now = time.process_time()  # the clock stands still while a score is made
        params = self._clean(params)
        key = tuple(params.items())
        place = self._places.get(key)
        if place is None or k in self._read[place]:  # new, or asked for again
            place = self._places[key] = len(self.true)
            self.spent.append(now - self._mark)
            self.true.append(self.problem.score(params))
            self._read.append({})
        value = self.true[place]
        if self.noisy:
            value = float(self.problem.folds(params, self.seed)[k])
        self._read[place][k] = value
        self._order.append((place, k))
        self._mark = time.process_time()
        return value

    def choose(self, params):
        """Record which setting the search itself reports as best."""
        self._chosen = self._places.get(tuple(self._clean(params).items()))

    def incumbents(self):
        """True score of the setting that looks best after each `n_folds` readings, shape (n,).

        Settings with all folds are preferred. Under noise, the last entry is the setting that the
        search itself reports as best.
        """
        found, sums, counts = [], {}, {}
        for n_read, (place, k) in enumerate(self._order, 1):
            counts[place] = counts.get(place, 0) + 1
            sums[place] = sums.get(place, 0.0) + self._read[place][k]
            if n_read % self.n_folds == 0:
                looks = {j: (c == self.n_folds, sums[j] / c) for j, c in counts.items()}
                found.append(self.true[max(looks, key=looks.get)])
        found = (found + found[-1:] * self.n)[: self.n]
        if self.noisy and self._chosen is not None:
            found[-1] = self.true[self._chosen]
        return found

    def _clean(self, params):
        return {
            p.name: p.clean(params[p.name]) for p in self.problem.parameters if p.name in params
        }
