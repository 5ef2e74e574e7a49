"""Cost of a whole sequential search on top of the same fits and scores in a plain loop.

Both run scikit-learn's own fold function on the same settings, interleaved; the search runs a
grid, so that its optimiser computes nothing. Aim: at most 2 ms a fold.

    python benchmarks/cost/search_overhead.py [n_repeats]
"""

import statistics
import sys
import time

from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.naive_bayes import GaussianNB

from sktune import BayesSearchCV
from sktune._sklearn_compat import fit_and_score

GRID = {"var_smoothing": [10.0**-k for k in range(40)]}
N_SPLITS = 5


def plain_loop(X, y):
    model = GaussianNB()
    scorer = check_scoring(model)
    splits = list(StratifiedKFold(N_SPLITS).split(X, y))
    for params in ParameterGrid(GRID):
        for train, test in splits:
            fit_and_score(
                clone(model),
                X,
                y,
                scorer=scorer,
                train=train,
                test=test,
                verbose=0,
                parameters=params,
                fit_params={},
                score_params={},
                return_times=True,
            )


def search(X, y):
    n_settings = len(ParameterGrid(GRID))
    BayesSearchCV(GaussianNB(), GRID, n_iter=n_settings, cv=N_SPLITS, refit=False).fit(X, y)


def milliseconds_per_fold(function, X, y):
    start = time.process_time()
    function(X, y)
    return 1e3 * (time.process_time() - start) / (len(ParameterGrid(GRID)) * N_SPLITS)


def main():
    n_repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    X, y = load_iris(return_X_y=True)
    pairs = [
        (milliseconds_per_fold(plain_loop, X, y), milliseconds_per_fold(search, X, y))
        for _ in range(n_repeats)
    ]
    loop, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    more = statistics.median(b - a for a, b in pairs)
    print(f"plain loop {loop:.2f} ms a fold, search {ours:.2f} ms, difference {more:+.2f} ms")


if __name__ == "__main__":
    main()
