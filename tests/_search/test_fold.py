"""What goes to a worker with each fold."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold, PredefinedSplit, RepeatedKFold, ShuffleSplit

from sktune import AnnealingSearchCV
from sktune._engine.executors._local import InlineExecutor

N_ROWS = 100_000


class Constant(ClassifierMixin, BaseEstimator):
    """Looks at nothing."""

    def __init__(self, a=0.5):
        self.a = a

    def fit(self, X, y):
        self.classes_ = np.unique(y[:2])
        return self

    def score(self, X, y):
        return self.a


X, Y = np.zeros((N_ROWS, 1)), np.arange(N_ROWS) % 2
SPLITTERS = {
    "KFold": lambda: KFold(10),
    "RepeatedKFold": lambda: RepeatedKFold(n_splits=5, n_repeats=10, random_state=0),
    "ShuffleSplit": lambda: ShuffleSplit(20, random_state=0),
    "PredefinedSplit": lambda: PredefinedSplit(np.arange(N_ROWS) % 10),
    "list": lambda: list(KFold(10).split(X)),
    "generator": lambda: KFold(10).split(X),
    "masks": lambda: [
        (np.arange(N_ROWS) % 10 != i, np.arange(N_ROWS) % 10 == i) for i in range(10)
    ],
    "int": lambda: 10,
}


@pytest.mark.parametrize("name", SPLITTERS)
def test_a_task_carries_its_own_fold_only(name, monkeypatch):
    sizes = []
    submit = InlineExecutor.submit

    def weigh(self, evaluate, task):
        without_data = replace(evaluate, X=None, y=None)
        sizes.append((len(pickle.dumps(task)), len(pickle.dumps(without_data))))
        submit(self, evaluate, task)

    monkeypatch.setattr(InlineExecutor, "submit", weigh)
    search = AnnealingSearchCV(
        Constant(), {"a": uniform(0, 1)}, n_iter=1, cv=SPLITTERS[name](), refit=False
    ).fit(X, Y)
    assert len(sizes) == search.n_splits_
    task, evaluator = np.max(sizes, axis=0)
    assert task < 8 * N_ROWS + 20_000
    assert evaluator < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("name", SPLITTERS)
def test_any_folds_travel(name):
    search = AnnealingSearchCV(
        Constant(), {"a": [0.5]}, n_iter=1, cv=SPLITTERS[name](), refit=False, n_jobs=2
    ).fit(X, Y)
    assert search.cv_results_["mean_test_score"] == [0.5]
