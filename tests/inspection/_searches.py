"""Small fitted searches of every kind, and how the texts of a page are read."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)

from sktune import AnnealingSearchCV, BayesSearchCV

X, y = make_classification(n_samples=90, n_features=4, random_state=0)
SPACE = {"C": loguniform(1e-3, 1e2), "l1_ratio": uniform(0, 1), "fit_intercept": [True, False]}
GRID = {"C": [0.01, 1.0, 10.0], "fit_intercept": [True, False]}


class Quick(ClassifierMixin, BaseEstimator):
    """A score that is known for each setting, a report of epochs, and fits that fail."""

    def __init__(self, C=1.0, l1_ratio=0.5, fit_intercept=True, fails_above=np.inf):
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.fails_above = fails_above

    def fit(self, X, y):
        if self.fails_above < self.C:
            raise ValueError(f"C={self.C} is too large")
        self.classes_ = np.unique(y)
        self.rows_ = len(X)
        self.fit_report_ = {"history": {"val_loss": [1.0, 0.5, 0.3 + self.l1_ratio / 10]}}
        return self

    def score(self, X, y):
        noise = 0.01 * np.sin(13 * float(X[0, 0]))
        value = -((np.log10(self.C) - 0.5) ** 2) / 20 + 0.03 * self.l1_ratio
        return 0.8 + value + 0.02 * self.fit_intercept + noise

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def searches():
    """Name and unfitted search, of every kind."""
    real = LogisticRegression()
    common = {"cv": 3, "random_state": 0}
    return {
        "bayes": BayesSearchCV(Quick(), SPACE, n_iter=9, **common),
        "annealing": AnnealingSearchCV(Quick(), SPACE, n_iter=9, **common),
        "racing": BayesSearchCV(Quick(), SPACE, n_iter=9, racing=True, **common),
        "failing": BayesSearchCV(Quick(fails_above=5.0), SPACE, n_iter=9, **common),
        "randomized": RandomizedSearchCV(Quick(), SPACE, n_iter=9, **common),
        "grid": GridSearchCV(real, GRID, cv=3),
        "halving grid": HalvingGridSearchCV(real, GRID, cv=3, random_state=0, min_resources=20),
        "halving random": HalvingRandomSearchCV(
            Quick(), SPACE, cv=3, random_state=0, n_candidates=9, min_resources=10
        ),
    }


class Texts(HTMLParser):
    """Elements, attributes and texts of a page, as a browser reads them."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self.scripts = [], [], [], []
        self.open = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        opened = self.open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data):
        (self.scripts if self.open[-1:] == ["script"] else self.texts).append(data)


def json_in(page):
    """The numbers inside of a page."""
    begin = page.index('<script type="application/json" id="data">')
    begin = page.index(">", begin) + 1
    return json.loads(page[begin : page.index("</script>", begin)])
