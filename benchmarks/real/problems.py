"""Searches as in tutorials: an estimator, a flat dict of distributions, a scoring, a small table.

Problems are named "estimator-dataset". Each has five fixed folds of its training rows, and other
rows that only the held-out score sees. Names, spaces and halves (``_halves.py``) were fixed before
any optimiser had run on them. Rows are few, so that a setting costs about 0.1 s on one thread.
"""

import hashlib
import json
import re
import sys
import warnings
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from spaces import SPECS

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "efficiency"))
from _halves import half
from parameter import Parameter

N_FOLDS = 5
N_HELD_OUT = 1000  # rows at most


@dataclass
class Problem:
    """A search as a user would write it, with the data and the folds that it is scored on.

    Another `split` draws other rows for training and other folds from the same data.
    """

    name: str
    split: int = 0

    def __post_init__(self):
        self.half = half(self.name)
        spec = SPECS[self.name]()
        self.estimator, self.space, self.scoring = spec.estimator, spec.space, spec.scoring
        self._load, self._n_train = spec.data, spec.n_train

    @cached_property
    def data(self):
        """X_train, X_held_out, y_train, y_held_out."""
        X, y = self._load()
        strata = y if is_classifier(self.estimator) else None
        parts = train_test_split(
            X, y, train_size=self._n_train, stratify=strata, random_state=self.split
        )
        X_train, X_rest, y_train, y_rest = parts
        return X_train, X_rest[:N_HELD_OUT], y_train, y_rest[:N_HELD_OUT]

    @cached_property
    def folds(self):
        """Pairs of rows for training and for the score."""
        kind = StratifiedKFold if is_classifier(self.estimator) else KFold
        X, _, y, _ = self.data
        return list(kind(N_FOLDS, shuffle=True, random_state=self.split).split(X, y))

    @cached_property
    def parameters(self):
        """The space as ``efficiency/peers.py`` takes it, with choices replaced by their places."""
        return [_parameter(name, values) for name, values in self.space.items()]

    def seed(self, seed):
        """A seed mixed with the name: no two problems share their random points."""
        return (zlib.crc32(self.name.encode()) + seed) % 2**31

    def fold_scores(self, params):
        """Score of each fold, nan where the fit or the score fails."""
        X, _, y, _ = self.data
        return np.array(
            [self._score(params, _rows(X, a), y[a], _rows(X, b), y[b]) for a, b in self.folds]
        )

    def held_out_score(self, params):
        """Score of the held-out rows by a fit on all others."""
        X, X_rest, y, y_rest = self.data
        return self._score(params, X, y, X_rest, y_rest)

    def _score(self, params, X, y, X_test, y_test):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                params = {name: clone(value, safe=False) for name, value in params.items()}
                model = clone(self.estimator).set_params(**params).fit(X, y)
                score = float(check_scoring(model, self.scoring)(model, X_test, y_test))
            except Exception:  # a search with error_score=nan continues after these
                return np.nan
        return score if np.isfinite(score) else np.nan

    def to_places(self, params):
        """A setting with choices replaced by their places, as the peers see it."""
        return {
            p.name: self.place(p.name, params[p.name]) if p.kind == "cat" else params[p.name]
            for p in self.parameters
        }

    def from_places(self, params):
        """The inverse of `to_places`."""
        return {
            p.name: self.space[p.name][params[p.name]] if p.kind == "cat" else params[p.name]
            for p in self.parameters
        }

    def encode(self, params):
        """A setting in plain scalars: choices that are objects become "#place in their list"."""
        return {name: self._plain(name, value) for name, value in sorted(params.items())}

    def decode(self, plain):
        """The setting that `encode` made plain."""
        return {
            name: self.space[name][int(value[1:])]
            if isinstance(value, str) and value.startswith("#")
            else value
            for name, value in plain.items()
        }

    def place(self, name, value):
        """Place of a choice in its list; estimators of the same class and parameters are equal."""
        rules = (
            lambda choice: choice is value,
            lambda choice: repr(choice) == repr(value),
            lambda choice: isinstance(value, float) and choice == value,  # 0.0 for 0
        )
        return next(i for rule in rules for i, c in enumerate(self.space[name]) if rule(c))

    def _plain(self, name, value):
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, str | bool | int | float):
            return value
        return f"#{self.place(name, value)}"

    @cached_property
    def fingerprint(self):
        """A hash of everything that the scores depend on, as far as that is cheap to find."""
        X, X_rest, y, y_rest = self.data
        choices = {name: v for name, v in sorted(self.space.items()) if isinstance(v, list)}
        # The repr of functions and column selectors contains their address in memory.
        told = [re.sub(" at 0x[0-9a-f]+", "", repr(part)) for part in (self.estimator, choices)]
        parts = *told, self.scoring, X.shape, X_rest.shape
        parts += float(np.sum(y)), float(np.sum(y_rest)), sklearn.__version__
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _parameter(name, values):
    if isinstance(values, list):
        return Parameter(name, "cat", choices=tuple(range(len(values))))
    low, high = values.support()
    kind = "int" if values.dist.name == "randint" else "float"
    as_plain = int if kind == "int" else float
    log = values.dist.name == "loguniform"
    return Parameter(name, kind, as_plain(low), as_plain(high), log)


def _rows(X, rows):
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def load(which="all", names=(), split=0):
    """The problems of a half or all, or those of the given names."""
    if unknown := set(names) - set(SPECS):
        raise SystemExit(f"no problems {sorted(unknown)}; there are: {', '.join(SPECS)}")
    chosen = [name for name in SPECS if which == "all" or half(name) == which]
    return [Problem(name, split) for name in chosen if not names or name in names]
