"""Record a run: settings, scores, and the cost of suggestions."""

import time

import numpy as np


class BudgetSpent(Exception):
    """Raised instead of a score when the budget is used up."""


class Recorder:
    """Scores settings of a problem for a method, and records them.

    Parameters
    ----------
    evaluations : Evaluations
    n : int
        Settings that the method may try.
    own : list of dict
        The estimator's own setting, if it is to be tried first.

    Attributes
    ----------
    plain : list of dict
        The settings, as `Problem.encode` gives them.
    read : list of ndarray of shape (n_folds,)
        Their scores.
    seconds, spent : list of float
        CPU seconds of the fits, when they were made, and of the suggestion before.
    """

    def __init__(self, evaluations, n, own):
        self.evaluations, self.n, self.own = evaluations, n, own
        self.plain, self.read, self.seconds, self.spent = [], [], [], []
        self._mark = time.process_time()

    def __call__(self, params):
        """Mean score, nan if a fold failed."""
        return float(np.mean(self.folds(params)))

    def folds(self, params):
        """Scores of the folds, nan where one failed."""
        spent = time.process_time() - self._mark
        if len(self.read) >= self.n:
            raise BudgetSpent
        plain = self.evaluations.problem.encode(params)
        scores, seconds = self.evaluations.folds(plain)
        self.plain.append(plain)
        self.read.append(scores)
        self.seconds.append(seconds)
        self.spent.append(spent)
        self._mark = time.process_time()
        return scores

    @staticmethod
    def has_score(folds):
        """Whether no fold failed."""
        return not np.isnan(folds).any()

    def chosen(self, n):
        """Place of the best of the first `n` settings; None if all of them failed."""
        means = np.mean(self.read[:n], axis=1)
        return None if np.isnan(means).all() else int(np.nanargmax(means))
