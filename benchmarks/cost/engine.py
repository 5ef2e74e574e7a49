"""The engine: how busy it keeps the workers, what it costs, and how often large data are sent.

    python benchmarks/cost/engine.py utilisation    # 5 minutes
    python benchmarks/cost/engine.py overhead
    python benchmarks/cost/engine.py data           # Linux; needs 1.5 GB of memory

``utilisation`` is the sum of the fits' own times over (wall time x workers). Fits sleep for
log-normal times (mean 0.2 s, sigma 0.75), so more workers than cores can be measured. The same fits
are then run in batches: a batch of all folds of one candidate, or of as many candidates as there
are workers, as ``skopt.BayesSearchCV(n_points=...)`` does; a batch begins when the previous one has
ended. Pools of processes are started beforehand. Batches are timed without suggestions; ours are
whole searches, with suggestions.

``overhead`` is the wall time of a fold that does nothing, for the engine alone.

``data`` counts the bytes that the caller's process writes, to files and to its workers.
"""

import argparse
import time
from pathlib import Path

import joblib
import numpy as np
import sklearn
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._engine import Budget, EvaluationEngine, make_executor
from sktune._records import FoldResult
from sktune.optimizers import RandomOptimizer
from sktune.space import SearchSpace

MEAN, SIGMA = 0.2, 0.75
N_SPLITS = 5


def fit_time(a, split):
    """Seconds that a fit takes, the same wherever it is run."""
    rng = np.random.default_rng([int(a * 2**53), split])
    return float(rng.lognormal(np.log(MEAN) - SIGMA**2 / 2, SIGMA))


class Sleeper(ClassifierMixin, BaseEstimator):
    """Sleeps for a time that depends on its parameter and its fold."""

    def __init__(self, a=0.5):
        self.a = a

    def fit(self, X, y):
        """Sleep."""
        self.classes_ = np.unique(y)
        # The first row that is missing tells the fold.
        split = int(np.setdiff1d(np.arange(len(X) + 10), X[:, 0])[0]) // 10
        time.sleep(fit_time(self.a, split))
        return self

    def score(self, X, y):
        """Score the parameter."""
        return -abs(self.a - 0.3)


X = np.arange(10.0 * N_SPLITS)[:, None]
Y = np.arange(10 * N_SPLITS) % 2
FOLDS = [
    (np.flatnonzero(X[:, 0] // 10 != i), np.flatnonzero(X[:, 0] // 10 == i))
    for i in range(N_SPLITS)
]


def search(kind, n_iter, n_jobs, seed=0):
    """Wall time and the fits' own time of a search, and its settings."""
    search = kind(
        Sleeper(),
        {"a": uniform(0, 1)},
        n_iter=n_iter,
        cv=FOLDS,
        n_jobs=n_jobs,
        refit=False,
        random_state=seed,
    )
    begin = time.perf_counter()
    search.fit(X, Y)
    wall = time.perf_counter() - begin
    results = search.cv_results_
    fits = N_SPLITS * (results["mean_fit_time"] + results["mean_score_time"]).sum()
    return wall, fits, [params["a"] for params in results["params"]]


def batches(settings, n_jobs, n_points):
    """Wall time and the fits' own time of the same fits in batches."""
    begin, total = time.perf_counter(), 0.0
    parallel = joblib.Parallel(n_jobs=n_jobs)
    for first in range(0, len(settings), n_points):
        times = parallel(
            joblib.delayed(timed_fit)(a, train)
            for a in settings[first : first + n_points]
            for train, _ in FOLDS
        )
        total += sum(times)
    return time.perf_counter() - begin, total


def timed_fit(a, train):
    begin = time.perf_counter()
    Sleeper(a).fit(X[train], Y[train])
    return time.perf_counter() - begin


def utilisation(args):
    for backend in ("loky", "threading"):
        for n_jobs in (2, 4):
            with joblib.parallel_config(backend):
                search(AnnealingSearchCV, 4, n_jobs)
                line = f"{backend:10} {n_jobs} workers:"
                for kind in (BayesSearchCV, AnnealingSearchCV):
                    wall, fits, settings = search(kind, args.n_iter, n_jobs, args.seed)
                    line += f" {kind.__name__} {fits / wall / n_jobs:.3f} ({wall:.1f} s)"
                for n_points in (1, n_jobs):
                    wall, fits = batches(settings, n_jobs, n_points)
                    line += f"; batches of {n_points} x {N_SPLITS} {fits / wall / n_jobs:.3f}"
                    line += f" ({wall:.1f} s)"
                print(line, flush=True)


def constant(task):
    return FoldResult(task.candidate.id, task.split, 0.0, None, 0.0, 0.0)


def run_constant(n_jobs, n_candidates):
    space = SearchSpace.from_distributions({"a": uniform(0, 1)})
    engine = EvaluationEngine(make_executor(n_jobs), N_SPLITS, Budget(n_candidates))
    begin = time.perf_counter()
    engine.run(RandomOptimizer(space), constant)
    return (time.perf_counter() - begin) / (n_candidates * N_SPLITS) * 1000


def overhead(args):
    for backend, n_jobs in (("sequential", 1), ("threading", 2), ("loky", 2)):
        with joblib.parallel_config(backend):
            run_constant(n_jobs, 10)
            times = [run_constant(n_jobs, args.n_candidates) for _ in range(5)]
        low, middle, high = np.quantile(times, [0, 0.5, 1])
        print(f"{backend:10} {n_jobs} workers: {middle:.2f} ms a fold ({low:.2f} to {high:.2f})")


class FirstRows(ClassifierMixin, BaseEstimator):
    """Reads only little of its data."""

    def __init__(self, a=0.5):
        self.a = a

    def fit(self, X, y):
        """Do nothing."""
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        """Score the parameter."""
        return -abs(self.a - 0.3)


def written():
    """Bytes that this process has written so far."""
    (line,) = [x for x in Path("/proc/self/io").read_text().splitlines() if "wchar" in x]
    return int(line.split()[1])


def data(args):
    X = np.random.default_rng(0).random((args.megabytes * 1_000_000 // 8 // 100, 100))
    y = np.arange(len(X)) % 2
    few = [(np.arange(i, i + 100), np.arange(i + 100, i + 200)) for i in range(0, 500, 100)]
    for rows in (1000, len(X)):
        for n_iter in (2, 20):
            search = BayesSearchCV(
                FirstRows(), {"a": uniform(0, 1)}, n_iter=n_iter, cv=few, n_jobs=2, refit=False
            )
            before, begin = written(), time.perf_counter()
            search.fit(X[:rows], y[:rows])
            wall = time.perf_counter() - begin
            print(
                f"X of {X[:rows].nbytes / 1e6:.0f} MB, {5 * n_iter} folds: "
                f"{(written() - before) / 1e6:.1f} MB written, {wall:.2f} s"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["utilisation", "overhead", "data"])
    parser.add_argument("--n-iter", type=int, default=60, help="candidates; utilisation")
    parser.add_argument("--seed", type=int, default=1, help="of the searches; utilisation")
    parser.add_argument("--n-candidates", type=int, default=200, help="candidates; overhead")
    parser.add_argument("--megabytes", type=int, default=500, help="size of X; data")
    args = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}, joblib {joblib.__version__}")
    {"utilisation": utilisation, "overhead": overhead, "data": data}[args.what](args)


if __name__ == "__main__":
    main()
