"""Our searches, run by their public classes only, on an estimator that looks up its score."""

import warnings

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator
from sklearn.model_selection import PredefinedSplit

import sktune
from sktune.space import log_randint

CLASSES = {"bayes": sktune.BayesSearchCV, "annealing": sktune.AnnealingSearchCV}


def distribution(parameter):
    if parameter.kind == "cat":
        return list(parameter.choices)
    low, high = parameter.low, parameter.high
    if parameter.kind == "int":
        return log_randint(low, high) if parameter.log else randint(low, high + 1)
    return loguniform(low, high) if parameter.log else uniform(low, high - low)


def flat_space(problem):
    """A dict as for RandomizedSearchCV."""
    return {p.name: distribution(p) for p in problem.parameters}


def known_conditions(problem):
    """Under which values of its parent each parameter has an effect."""
    return {p.name: {p.parent: list(p.values)} for p in problem.parameters if p.parent}


def space(problem):
    """The flat dict; with conditions, a list with a dict for each branch."""
    flat = flat_space(problem)
    parents = {p.parent for p in problem.parameters if p.parent}
    if not parents:
        return flat
    (parent,) = parents
    return [
        {name: [value] if name == parent else flat[name] for name in branch}
        for value in flat[parent]
        for branch in [problem.active({**dict.fromkeys(flat), parent: value})]
    ]


def reading(recorder):
    """An estimator whose score is the recorder's; the row it is tested on names the fold."""

    class Reading(BaseEstimator):
        def __init__(self, **params):
            self.params = params

        def get_params(self, deep=True):
            return dict(self.params)

        def set_params(self, **params):
            self.params = {**self.params, **params}
            return self

        def fit(self, X, y=None):
            return self

        def score(self, X, y=None):
            return recorder.fold(self.params, int(X[0, 0]))

    return Reading()


def make_method(name, options):
    """Make a method like those of ``peers.py`` from the search class of that name.

    `options` are keyword arguments of the class; ``"refit"`` may name a rule of sktune, such as
    ``"best_by_model"``. ``"conditions"`` is "branches" (the default, a list of dicts), "known" (one
    flat dict of which the conditions are told) or None (one flat dict).
    """
    options = {"refit": False, **options}
    conditions = options.pop("conditions", "branches")
    if isinstance(options["refit"], str):
        options["refit"] = getattr(sktune, options["refit"])

    def method(problem, recorder, n, seed):
        folds = np.arange(-1, recorder.n_folds)  # -1: always for training
        search = CLASSES[name](
            reading(recorder),
            space(problem) if conditions == "branches" else flat_space(problem),
            conditions=known_conditions(problem) if conditions == "known" else None,
            n_iter=n,
            cv=PredefinedSplit(folds),
            n_jobs=1,
            random_state=seed,
            **options,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of best values at the edge of a range, and the like
            search.fit(folds[:, None].astype(float), np.zeros(len(folds)))
        recorder.choose(search.cv_results_["params"][search.best_index_])

    return method
