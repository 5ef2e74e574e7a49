"""Every splitter of scikit-learn, with and without groups: the noise by the sizes themselves."""

import inspect

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn import model_selection
from sklearn.model_selection import RandomizedSearchCV, RepeatedKFold, ShuffleSplit

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.optimizers._models._folds import noise_of_means
from tests.contracts.search_contract import Recorder

pytestmark = [
    pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning"),
    pytest.mark.filterwarnings("ignore:The groups parameter is ignored"),
]

SEARCHES = [BayesSearchCV, AnnealingSearchCV]

N_ROWS = 24

# What a splitter cannot be made without.
ARGUMENTS = {
    "LeavePOut": {"p": 23},
    "LeavePGroupsOut": {"n_groups": 2},
    "PredefinedSplit": {"test_fold": np.arange(N_ROWS) % 3 - 1},
}


def is_splitter(name):
    kind = vars(model_selection).get(name)
    has_split = inspect.isclass(kind) and hasattr(kind, "split") and hasattr(kind, "get_n_splits")
    return has_split and not name.startswith("Base")


SPLITTERS = sorted(name for name in model_selection.__all__ if is_splitter(name))


def data():
    rows = np.arange(N_ROWS)
    return rows[:, None].astype(float), rows % 2, rows // 4


def splitter(name):
    return getattr(model_selection, name)(**ARGUMENTS.get(name, {}))


def sizes_ratio(splits):
    return np.mean([len(test) / len(train) for train, test in splits])


def noisy(estimator, X, y):
    rng = np.random.default_rng([int(1e6 * estimator.level), int(np.sum(X))])
    return estimator.level + rng.standard_normal()


def fitted(search_class, cv, groups, n_iter=6):
    X, y, _ = data()
    params = {} if groups is None else {"groups": groups}
    search = search_class(
        Recorder(), {"level": uniform()}, n_iter=n_iter, cv=cv, scoring=noisy, random_state=0
    )
    return search.fit(X, y, **params)


def test_the_universe_is_not_empty():
    assert {"KFold", "GroupShuffleSplit", "TimeSeriesSplit"} < set(SPLITTERS)
    assert len(SPLITTERS) >= 15


@pytest.mark.parametrize("has_groups", [False, True])
@pytest.mark.parametrize("name", SPLITTERS)
def test_noise_is_that_of_the_sizes(name, has_groups):
    X, y, groups = data()
    groups = groups if has_groups else None
    try:
        splits = list(splitter(name).split(X, y, groups))
        RandomizedSearchCV(Recorder(), {"level": uniform()}, n_iter=1, cv=splitter(name)).fit(
            X, y, groups=groups
        )
    except ValueError:
        with pytest.raises(ValueError, match="groups"):
            fitted(BayesSearchCV, splitter(name), groups)
        return
    # Sizes do not depend on what is drawn, but for groups of different sizes; these are equal.
    expected = sizes_ratio(splits)
    for search_class in SEARCHES:
        search = fitted(search_class, splitter(name), groups, n_iter=2 if len(splits) > 50 else 6)
        optimizer = search.optimizer_
        assert optimizer.test_ratio == pytest.approx(expected)
        rows = np.array([optimizer.split_scores(o) for o in optimizer.observations.values()])
        noise, folds = noise_of_means(rows, expected), noise_of_means(rows, 0.0)
        # s^2 (1 / n + test / train), with s^2 / n where nothing is shared.
        n_splits = len(splits)
        np.testing.assert_allclose(noise, folds * (1 + n_splits * expected))
        if search_class is AnnealingSearchCV and n_splits > 1:
            optimizer.ask()  # takes in the last that was told
            optimizer._score_map._error = None
            assert optimizer._score_map.error == pytest.approx(np.sqrt(np.median(noise)))


MASKS = [(np.arange(N_ROWS) % 3 != k, np.arange(N_ROWS) % 3 == k) for k in range(3)]
LISTS = [([*np.flatnonzero(train)], [*np.flatnonzero(test)[:4]]) for train, test in MASKS]


@pytest.mark.parametrize(
    "cv, expected",
    [(MASKS, 1 / 2), (LISTS, 4 / 16), (iter(MASKS), 1 / 2), (5, None), (None, None)],
    ids=["masks", "lists", "an iterator", "a number", "nothing"],
)
@pytest.mark.parametrize("search_class", SEARCHES)
def test_noise_of_splits_that_are_given(search_class, cv, expected):
    if cv is not None and expected and not isinstance(cv, list):
        cv = iter(list(MASKS))
    search = fitted(search_class, cv, None)
    # Five folds of 24 rows: 5, 5, 5, 5 and 4, or by classes.
    tolerance = {} if expected else {"rel": 0.02}
    assert search.optimizer_.test_ratio == pytest.approx(expected or 1 / 4, **tolerance)


@pytest.mark.parametrize(
    "cv, factor",
    [
        (RepeatedKFold(n_splits=4, n_repeats=10, random_state=0), 1 / 40 + 1 / 3),
        (ShuffleSplit(20, test_size=0.25, random_state=0), 1 / 20 + 1 / 3),
    ],
)
def test_the_model_is_as_sure_as_the_sizes_allow(cv, factor):
    search = fitted(BayesSearchCV, cv, None)
    optimizer = search.optimizer_
    rows = np.array([optimizer.split_scores(o) for o in optimizer.observations.values()])
    n_splits = rows.shape[1]
    model = optimizer._latest()
    known = model.scores.observed.noise * model.scores.y_scale**2
    variance = noise_of_means(rows, 0.0) * n_splits
    np.testing.assert_allclose(known, variance * factor, rtol=1e-6)
