"""Whole Keras searches from a cold start: scikeras and Keras Tuner against sktune.keras.

``grid``: the same GridSearchCV of 8 candidates, 5 folds and 5 epochs with two workers, scikeras
in processes (joblib's default) and ours in threads. Wall time from the start of the interpreter
to the result, and the peak of the resident memory, summed over the process and its children
(shared pages count for each process; with ``--proportional`` once, which is slower to sample, so do
not use the wall time of such a run). Variants take turns; each repeat has different folds. The
models have no seed in either part: with one, scikeras switches TensorFlow to deterministic
operations, which are slower.
Aims: at most a quarter of the wall time, half the memory.

``trials``: trials that end within some seconds, counted from the start of the interpreter, on
one split of digits. Keras Tuner is used as in its guide, with a HyperModel whose ``fit`` draws the
batch size; ours with scikit-learn's RandomizedSearchCV and with BayesSearchCV. Same network, space
and epochs, one trial at a time. A score is the validation accuracy: of the best epoch for Keras
Tuner, which keeps that, of the last one for ours. Bayesian searches soon prefer small batches
and many filters, whose fits take longer, so that they end fewer trials than random ones.
Keras Tuner 1.4.8 imports tensorboard without requiring it: install that, too.
Aim: at least 6 times as many trials.

    python benchmarks/networks/keras_search.py grid [--n-repeats 3] [--proportional]
    python benchmarks/networks/keras_search.py trials [--seconds 120] [--n-repeats 1] [--filters L]
"""

import argparse
import tempfile
import threading

import psutil
from _keras_common import (
    ColdProcess,
    load_images,
    make_network,
    network,
    report,
    spread,
    versions,
    wrapper,
)

EPOCHS = 5
RATES = {"model__learning_rate": [1e-3, 3e-3], "model__dropout": [0.1, 0.4]}
GRID = [
    {"model__filters": [16], "batch_size": [64], **RATES},
    {"model__filters": [32], "batch_size": [32], **RATES},
]
BACKENDS = {"scikeras": "loky", "sktune": "threading"}
N_JOBS = 2
MEMORY_EVERY = 0.05  # seconds between samples of the memory

BATCH_SIZES = [32, 64, 128]
MAX_DROPOUT = 0.5
LEARNING_RATES = (1e-4, 1e-2)
FILTERS = (8, 32)
FILTERS_STEP = {"list": 8, "range": 1}  # list: 8, 16, 24, 32
N_TRIALS = 10_000  # more than end in time
TUNERS = {"tuner-random": "RandomSearch", "tuner-bayes": "BayesianOptimization"}
SEARCHES = ("sktune-random", "sktune-bayes")


def search_grid(library, seed):
    """Run the grid search in this process and report its scores."""
    from joblib import parallel_config
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    X, y = load_images()
    classifier = wrapper(library)(
        network,
        epochs=EPOCHS,
        verbose=0,
        model__filters=32,
        model__dropout=0.0,
        model__learning_rate=1e-3,
    )
    cv = StratifiedKFold(5, shuffle=True, random_state=seed)
    with parallel_config(backend=BACKENDS[library], n_jobs=N_JOBS):
        search = GridSearchCV(classifier, GRID, cv=cv, refit=False, error_score="raise").fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    report(mean=float(scores.mean()), best=float(scores.max()))


def tune_by_keras(variant, seed, filters_step):
    """Run Keras Tuner in this process and report each trial."""
    import keras_tuner

    (X_train, y_train), validation = split()

    class HyperNetwork(keras_tuner.HyperModel):
        """The network and the batch size, as in the guide to Keras Tuner."""

        def build(self, hp):
            """Return the network of a trial."""
            low, high = LEARNING_RATES
            return make_network(
                X_train.shape[1:],
                10,
                hp.Int("filters", *FILTERS, step=filters_step),
                hp.Float("dropout", 0.0, MAX_DROPOUT),
                hp.Float("learning_rate", low, high, sampling="log"),
            )

        def fit(self, hp, model, *args, **kwargs):
            """Train the network of a trial."""
            batch_size = hp.Choice("batch_size", BATCH_SIZES)
            history = model.fit(*args, batch_size=batch_size, **kwargs)
            report(score=max(history.history["val_accuracy"]))
            return history

    with tempfile.TemporaryDirectory() as directory:
        tuner = getattr(keras_tuner, TUNERS[variant])(
            HyperNetwork(),
            objective="val_accuracy",
            max_trials=N_TRIALS,
            seed=seed,
            directory=directory,
        )
        tuner.search(X_train, y_train, epochs=EPOCHS, validation_data=validation, verbose=0)


def tune_by_search(variant, seed, filters_step):
    """Run one of our searches in this process and report each fit."""
    import numpy as np
    from scipy.stats import loguniform, uniform
    from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV

    from sktune import BayesSearchCV

    (X_train, y_train), (X_test, y_test) = split()
    low, high = FILTERS
    space = {
        "model__filters": list(range(low, high + 1, filters_step)),
        "model__dropout": uniform(0, MAX_DROPOUT),
        "model__learning_rate": loguniform(*LEARNING_RATES),
        "batch_size": BATCH_SIZES,
    }
    search = {"sktune-random": RandomizedSearchCV, "sktune-bayes": BayesSearchCV}[variant](
        wrapper("sktune")(network, epochs=EPOCHS),
        space,
        n_iter=N_TRIALS,
        scoring=reported_score,
        cv=PredefinedSplit(np.repeat([-1, 0], [len(y_train), len(y_test)])),
        refit=False,
        random_state=seed,
        error_score="raise",
    )
    search.fit(np.concatenate([X_train, X_test]), np.concatenate([y_train, y_test]))


def reported_score(classifier, X, y):
    """Score a fit, and report it."""
    score = classifier.score(X, y)
    report(score=float(score))
    return score


def split():
    """Return (X, y) of the training part and of the validation part."""
    from sklearn.model_selection import train_test_split

    X, y = load_images()
    parts = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    return parts[::2], parts[1::2]


class MemoryPeak:
    """Largest memory of a process and its children, in MB, sampled while the context lasts."""

    def __init__(self, pid, is_proportional):
        self.peak = 0.0
        self._process = psutil.Process(pid)
        self._field = "pss" if is_proportional else "rss"
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._is_over.set()
        self._thread.join()

    def _watch(self):
        while not self._is_over.wait(MEMORY_EVERY):
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            self.peak = max(self.peak, sum(self._size(process) for process in family) / 2**20)

    def _size(self, process):
        try:
            ask = process.memory_full_info if self._field == "pss" else process.memory_info
            return getattr(ask(), self._field)
        except psutil.Error:  # it has just ended
            return 0


def measure_grid(library, seed, is_proportional):
    """Return wall seconds, peak of memory in MB, mean and best score; None after a crash."""
    process = ColdProcess(__file__, "worker", library, "--seed", seed)
    result = None
    with MemoryPeak(process.pid, is_proportional) as memory:
        for seconds, record in process:
            result = {"seconds": seconds, **record}
    crash = process.crash()
    if crash or result is None:
        print(f"{library} crashed: {crash}", flush=True)
        return None
    result["memory"] = memory.peak
    print(f"  {library}: " + ", ".join(f"{k} {v:.4g}" for k, v in result.items()), flush=True)
    return result


def compare_grids(n_repeats, is_proportional):
    pairs = []
    for seed in range(n_repeats):
        order = ("scikeras", "sktune")[:: -1 if seed % 2 else 1]
        pair = {library: measure_grid(library, seed, is_proportional) for library in order}
        if None not in pair.values():
            pairs.append((pair["scikeras"], pair["sktune"]))
    if not pairs:
        return
    for name, unit in (("seconds", "wall time"), ("memory", "peak memory")):
        ratios = [ours[name] / theirs[name] for theirs, ours in pairs]
        print(f"{unit} ours / theirs {spread(ratios, '.3f')}")
        for library, column in zip(BACKENDS, zip(*pairs, strict=True), strict=True):
            print(f"  {library} {name}: {spread([one[name] for one in column], '.1f')}")
    for library, column in zip(BACKENDS, zip(*pairs, strict=True), strict=True):
        print(f"mean test score {library}: {spread([one['mean'] for one in column], '.4f')}")


def measure_trials(variant, seed, seconds, filters):
    """Return the scores of the trials that ended in time; None after a crash."""
    process = ColdProcess(__file__, "worker", variant, "--seed", seed, "--filters", filters)
    timer = threading.Timer(seconds, process.stop)
    timer.start()
    scores = [record["score"] for when, record in process if when <= seconds]
    is_early = timer.is_alive()
    timer.cancel()
    crash = process.crash()
    if is_early and crash:
        print(f"  {variant} crashed after {len(scores)} trials: {crash}", flush=True)
        return None
    best = f"{max(scores):.4f}" if scores else "none"
    print(f"  {variant}: {len(scores)} trials, best score {best}", flush=True)
    return scores


def compare_trials(n_repeats, seconds, filters):
    print(f"{seconds:g} s each, filters {FILTERS} in steps of {FILTERS_STEP[filters]}")
    variants = (*TUNERS, *SEARCHES)
    runs = [
        {variant: measure_trials(variant, seed, seconds, filters) for variant in variants}
        for seed in range(n_repeats)
    ]
    for theirs, ours in zip(TUNERS, SEARCHES, strict=True):
        ratios = [len(run[ours]) / len(run[theirs]) for run in runs if run[theirs] and run[ours]]
        if ratios:
            print(f"trials {ours} / {theirs}: {spread(ratios)}")
    for variant in variants:
        best = [max(run[variant]) for run in runs if run[variant]]
        if best:
            print(f"best score {variant}: {spread(best, '.4f')}")
            continue
        print(f"best score {variant}: none")


def work(variant, seed, filters):
    """Run the task of a cold process."""
    if variant in BACKENDS:
        search_grid(variant, seed)
    elif variant in TUNERS:
        tune_by_keras(variant, seed, FILTERS_STEP[filters])
    else:
        tune_by_search(variant, seed, FILTERS_STEP[filters])


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    grid = parts.add_parser("grid")
    grid.add_argument("--n-repeats", type=int, default=3)
    grid.add_argument("--proportional", action="store_true")
    trials = parts.add_parser("trials")
    trials.add_argument("--seconds", type=float, default=120)
    trials.add_argument("--n-repeats", type=int, default=1)
    trials.add_argument("--filters", choices=FILTERS_STEP, default="list")
    worker = parts.add_parser("worker")  # started by the other two
    worker.add_argument("variant", choices=[*BACKENDS, *TUNERS, *SEARCHES])
    worker.add_argument("--seed", type=int, required=True)
    worker.add_argument("--filters", choices=FILTERS_STEP, default="list")
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.part == "worker":
        work(arguments.variant, arguments.seed, arguments.filters)
        return
    print(versions(), flush=True)
    if arguments.part == "grid":
        compare_grids(arguments.n_repeats, arguments.proportional)
    else:
        compare_trials(arguments.n_repeats, arguments.seconds, arguments.filters)


if __name__ == "__main__":
    main()
