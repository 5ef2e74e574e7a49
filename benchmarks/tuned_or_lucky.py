"""How often "better than the default" is true, in simulated searches with known truth.

A search tries 40 settings and the default, with 5 folds, on a training sample of a population of
its own; the truth is the score of the refitted model on 20,000 rows of the same population, and
beside it the mean score of the models of the folds there, which are trained on a fifth fewer rows.
The settings come from a random, a Bayesian or an annealing search, in turn. Folds, kinds and seeds
are fixed here; whatever is chosen by these searches is chosen on the tuning half.

The expected score of the winner and its difference to the default are estimated by ``best_score_``
with the t interval of the folds, and by ``compare_to_default`` with ``"folds"`` and ``"bbc"`` (rows
of all candidates for accuracy, predictions of the best 20 for AUC and R2), both also with
``all_rows=True``.

    python benchmarks/tuned_or_lucky.py run lucky.jsonl      # 40 minutes
    python benchmarks/tuned_or_lucky.py run more.jsonl --further 50    # with the seeds after these
    python benchmarks/tuned_or_lucky.py folds lucky.jsonl    # "folds" anew, on the kept searches
    python benchmarks/tuned_or_lucky.py rows lucky.jsonl     # what all rows add, likewise
    python benchmarks/tuned_or_lucky.py report lucky.jsonl   # or that in results/runs/
"""

import argparse
import gzip
import json
import os
import platform
import sys
import warnings

import numpy as np
import scipy
import sklearn
from _tables import read
from scipy import stats
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification, make_friedman1
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from sktune._records import Observation, OutOfFold
from sktune._records._row_scores import (
    Metric,
    is_quick,
    predictions_of,
    row_scores,
    weighted_scores,
)
from sktune._sklearn_compat import scorer_parts
from sktune.inspection import SearchRecord, compare_to_default
from sktune.inspection._comparison._all_rows import check_parts, gain_of_rows
from sktune.inspection._comparison._intervals import Interval, mean_interval
from sktune.inspection._comparison._rerun import Data
from sktune.inspection._evaluation import Evaluation
from sktune.optimizers import AnnealingOptimizer, BayesOptimizer, RandomOptimizer
from sktune.space import SearchSpace

warnings.filterwarnings("ignore")

N_TRUTH, N_SPLITS, N_CANDIDATES = 20_000, 5, 41
N_KEPT = 20
FIRST_SEEDS = {"tuning": 20_000, "judging": 10_000}
METHODS = ("best", "folds", "folds, all rows", "bbc", "bbc, all rows")
# What an expected score is compared with.
TRUTHS = ("tuned", "tuned by folds")
OPTIMIZERS = {"random": RandomOptimizer, "bayes": BayesOptimizer, "annealing": AnnealingOptimizer}

TREE_SPACE = {
    "max_depth": stats.randint(1, 16),
    "min_samples_leaf": stats.randint(1, 60),
    "ccp_alpha": stats.uniform(0.0, 0.03),
    "criterion": ["gini", "entropy"],
}
TREE = DecisionTreeClassifier(max_depth=15, random_state=0)


def labels(**options):
    return lambda n, seed: make_classification(n, random_state=seed, shuffle=False, **options)


def numbers(n, seed):
    return make_friedman1(n, n_features=8, noise=3.0, random_state=seed)


TREE_DATA = {"n_features": 12, "n_informative": 5, "n_redundant": 2}
# Estimator, space, data, rows, metric, number of searches.
KINDS = {
    "tree": (
        TREE,
        TREE_SPACE,
        labels(**TREE_DATA, flip_y=0.15, class_sep=0.8),
        300,
        "accuracy",
        250,
    ),
    "logistic": (
        LogisticRegression(),
        {
            "C": stats.loguniform(1e-4, 1e2),
            "class_weight": [None, "balanced"],
            "fit_intercept": [True, False],
        },
        labels(n_features=40, n_informative=5, n_redundant=0, flip_y=0.2, class_sep=0.8),
        200,
        "accuracy",
        250,
    ),
    "neighbours, AUC": (
        KNeighborsClassifier(algorithm="brute"),
        {"n_neighbors": stats.randint(1, 60), "weights": ["uniform", "distance"], "p": [1, 2]},
        labels(n_features=10, n_informative=6, n_redundant=0, flip_y=0.1, class_sep=0.7),
        300,
        "roc_auc",
        150,
    ),
    "kernel ridge, R2": (
        KernelRidge(kernel="rbf", alpha=1.0, gamma=0.1),
        {"alpha": stats.loguniform(1e-3, 1e1), "gamma": stats.loguniform(1e-3, 1e1)},
        numbers,
        200,
        "r2",
        150,
    ),
    "tree, 1000 rows": (
        TREE,
        TREE_SPACE,
        labels(**TREE_DATA, flip_y=0.3, class_sep=1.0),
        1000,
        "accuracy",
        20,
    ),
    "seed alone": (
        DecisionTreeClassifier(max_depth=5, max_features=3, random_state=0),
        {"random_state": stats.randint(0, 10**6)},
        labels(**TREE_DATA, flip_y=0.15, class_sep=0.8),
        300,
        "accuracy",
        520,
    ),
}


def sample(kind, seed):
    """New rows, rows of the search, and its folds."""
    estimator, _, make, n_rows, _, _ = KINDS[kind]
    X, y = make(N_TRUTH + n_rows, seed)
    order = np.random.default_rng(seed).permutation(len(y))
    new, rows = order[:N_TRUTH], order[N_TRUTH:]
    X_new, y_new, X, y = X[new], y[new], X[rows], y[rows]
    folds = StratifiedKFold if is_classifier(estimator) else KFold
    folds = list(folds(N_SPLITS, shuffle=True, random_state=seed).split(X, y))
    return X_new, y_new, X, y, folds


def simulate(kind, number, first_seed):
    """One search, judged; a row of numbers."""
    estimator, distributions, _, _, metric, _ = KINDS[kind]
    seed = first_seed + number
    X_new, y_new, X, y, folds = sample(kind, seed)
    scorer = get_scorer(metric)
    how = list(OPTIMIZERS)[number % len(OPTIMIZERS)]
    space = SearchSpace.from_distributions(distributions)
    start = {name: value for name, value in estimator.get_params().items() if name in distributions}
    optimizer = OPTIMIZERS[how](space, seed=seed, starts=[space.held(start)])
    settings, scores, values = [], [], []
    for k in range(N_CANDIDATES):
        candidate = optimizer.ask(progress=k / N_CANDIDATES)
        by_fold, by_row = evaluate(estimator, candidate.params, X, y, folds, scorer)
        optimizer.tell(Observation(candidate, {"score": by_fold}, "complete"))
        settings.append(candidate.params)
        scores.append(by_fold)
        values.append(by_row)
    scores = np.array(scores)
    record = record_of(kind, settings, scores, np.array(values))

    def truth(params, train):
        model = clone(estimator).set_params(**params).fit(X[train], y[train])
        return float(scorer(model, X_new, y_new))

    best = record.best_index
    tuned = truth(settings[best], slice(None))
    found = {
        "kind": kind,
        "number": number,
        "how": how,
        "tuned": tuned,
        "tuned by folds": np.mean([truth(settings[best], train) for train, _ in folds]),
        "default": tuned if best == 0 else truth(settings[0], slice(None)),
    }
    for method in ("folds", "bbc"):
        c = compare_to_default(record, None, y, method=method, random_state=seed)
        found[method] = estimates(c)
    found["rows"] = rows_gain(kind, settings, scores, X, y, folds)
    found["best"] = plain(scores[best]) + plain(scores[best] - scores[0])
    found["settings"] = [
        {name: getattr(value, "tolist", lambda value=value: value)() for name, value in row.items()}
        for row in settings
    ]
    found["scores"] = scores.tolist()
    return found


def rows_gain(kind, settings, scores, X, y, folds):
    """What all rows add to the expected score: the gain on each part of the rows."""
    record, data = record_of(kind, settings, scores, cv=folds), Data(X, y)
    setting = record.settings[record.best_index]
    return gain_of_rows(record, setting, data, *check_parts(record, data)).tolist()


def with_all_rows(estimate, gains):
    """The numbers of a comparison with ``all_rows=True``, from those without it."""
    added = mean_interval(np.array(gains), 1.0 / (N_SPLITS - 1), 0.95)
    expected = Interval(*estimate[:3]).plus(added)
    return [expected.centre, expected.low, expected.high, *estimate[3:]]


def estimates(comparison):
    """The numbers of a comparison: score and difference, each with its interval."""
    c = comparison
    return [c.expected_score, c.expected_low, c.expected_high, c.difference, c.low, c.high]


def evaluate(estimator, params, X, y, folds, scorer):
    """Scores of the folds, and the contribution to the score or the prediction of each row."""
    metric = Metric(*scorer_parts(scorer, estimator))
    by_fold, by_row = [], np.full(len(y), np.nan)
    for train, test in folds:
        model = clone(estimator).set_params(**params).fit(X[train], y[train])
        predicted = predictions_of(model, metric, X[test])
        by_fold.append(score_of(metric, y[test], predicted))
        rows = row_scores(metric, y[test], predicted, by_fold[-1])
        by_row[test] = predicted if rows is None else rows
    return np.array(by_fold), by_row


def score_of(metric, y, predicted):
    if is_quick(metric, y):
        return float(weighted_scores(metric, y, predicted, np.ones((1, len(y))))[0])
    return metric(y, predicted)


def record_of(kind, settings, scores, values=None, cv=None):
    """The record of a search, with ``keep_predictions=True`` if rows have values."""
    estimator, distributions, _, _, metric, _ = KINDS[kind]
    means, oof = scores.mean(axis=1), None
    if values is not None:
        kept, is_prediction = np.arange(len(means)), metric != "accuracy"
        if is_prediction:
            best = np.argsort(-means, kind="stable")[:N_KEPT]
            kept = np.unique(np.append(best, 0))
        oof = OutOfFold("score", kept, values[kept].astype(np.float32), is_prediction)
    return SearchRecord(
        metric="score",
        settings=tuple(settings),
        split_scores=scores,
        scores=means,
        status=("complete",) * len(means),
        seconds=np.ones(len(means)),
        space=SearchSpace.from_distributions(distributions),
        is_inferred=False,
        resources=None,
        best_index=int(means.argmax()),
        default_index=0,
        evaluation=Evaluation(estimator, get_scorer(metric), cv, 1.0 / (N_SPLITS - 1)),
        oof=oof,
    )


def plain(scores):
    """Mean, and its t interval as if the folds were independent."""
    half = stats.t.ppf(0.975, len(scores) - 1) * scores.std(ddof=1) / np.sqrt(len(scores))
    return [float(scores.mean()), float(scores.mean() - half), float(scores.mean() + half)]


def share(flags):
    """A share with its standard error, in percent."""
    p = np.mean(flags)
    return f"{100 * p:.0f} ({100 * np.sqrt(p * (1 - p) / len(flags)):.0f})"


def upper_end(n_found, n):
    """Upper end of the 95 % interval of a share (Clopper and Pearson), in percent."""
    return 100 * stats.beta.ppf(0.975, n_found + 1, n - n_found) if n_found < n else 100.0


def rows_in(path):
    """The rows of a file, and what they say of models of all rows."""
    rows = read([path])
    for row in rows:
        for method in ("folds", "bbc"):
            if "rows" in row:
                row[f"{method}, all rows"] = with_all_rows(row[method], row["rows"])
    return rows


def report(path):
    rows = rows_in(path)
    methods = [method for method in METHODS if all(method in row for row in rows)]
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}; seeds {rows[0]['half']}\n"
    )
    print(
        "| searches | n | true gain | by | bias of the score | against the folds' models | rmse | "
        "covers | bias of the difference | covers | better | wrongly better |"
    )
    print("|---" * 12 + "|")
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    groups = [(kind, [r for r in rows if r["kind"] == kind]) for kind in kinds]
    groups += [(how, [r for r in rows if r["how"] == how]) for how in OPTIMIZERS]
    smooth = [row for row in rows if row["kind"] != "seed alone"]
    for title, chosen in [*groups, ("all but seed alone", smooth), ("all", rows)]:
        if chosen:
            lines_of(title, chosen, methods)
    print()
    lost = [row for row in rows if row["tuned"] <= row["default"]]
    for method in methods:
        biases = [
            [errors(groups[k][1], method, a).mean() for k in range(len(kinds))] for a in TRUTHS
        ]
        n_wrong = sum(row[method][4] > 0 for row in lost)
        end = upper_end(n_wrong, len(lost))
        print(
            f"{method}: bias with equal weights of the kinds {np.mean(biases[0]):+.4f}, against "
            f"the folds' models {np.mean(biases[1]):+.4f}; of {len(lost)} searches that gain "
            f"nothing, 'better' in {n_wrong}; upper end {end:.1f} %"
        )


def errors(rows, method, against):
    """Expected score less the true one: of the refitted model, or of those of the folds."""
    return np.array([row[method][0] - row[against] for row in rows])


def lines_of(title, rows, methods):
    """Lines of the table for some of the searches."""
    tuned = np.array([row["tuned"] for row in rows])
    gain = tuned - [row["default"] for row in rows]
    for method in methods:
        score, low, high, gap, gap_low, gap_high = np.array([row[method] for row in rows]).T
        biases = []
        for against in TRUTHS:
            error = errors(rows, method, against)
            biases.append(f"{error.mean():+.4f} ({error.std() / np.sqrt(len(rows)):.4f})")
        covers = (low <= tuned + 1e-12) & (tuned <= high + 1e-12)
        holds = (gap_low <= gain + 1e-12) & (gain <= gap_high + 1e-12)
        is_better = gap_low > 0
        print(
            f"| {title} | {len(rows)} | {gain.mean():+.3f} | {method} | {' | '.join(biases)} | "
            f"{np.sqrt(np.mean((score - tuned) ** 2)):.4f} | {share(covers)} | "
            f"{np.mean(gap - gain):+.4f} | {share(holds)} | {share(is_better)} | "
            f"{np.sum(is_better & (gain <= 0))} of {np.sum(gain <= 0)} |"
        )


@sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
def run(path, half, kinds, n_most, n_further):
    """Run all kinds in turn, so that a run that is stopped early has some of each."""
    firsts = {kind: KINDS[kind][-1] if n_further else 0 for kind in kinds}
    counts = {kind: n_further or min(n_most, KINDS[kind][-1]) for kind in kinds}
    done = {(row["kind"], row["number"]) for row in read([path])} if os.path.exists(path) else set()
    with open(path, "a") as out:
        for place in range(max(counts.values())):
            for kind in kinds:
                number = firsts[kind] + place
                if place < counts[kind] and (kind, number) not in done:
                    row = {"half": half} | simulate(kind, number, FIRST_SEEDS[half])
                    out.write(json.dumps(rounded(row)) + "\n")
                    out.flush()
            print(place, file=sys.stderr, flush=True)


def rounded(value):
    """Numbers to six digits, in lists and dicts too."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def folds_anew(path):
    """Estimate by the folds again, for all searches of a file, which is written anew."""
    rows = rows_in(path)
    for row in rows:
        record = record_of(row["kind"], row["settings"], np.array(row["scores"]))
        row["folds"] = estimates(compare_to_default(record, method="folds"))
    write(path, rows)


@sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
def rows_anew(path):
    """Estimate what all rows add, for all searches of a file that lack it."""
    rows = rows_in(path)
    for done, row in enumerate(rows):
        if "rows" not in row:
            _, _, *data = sample(row["kind"], FIRST_SEEDS[row["half"]] + row["number"])
            row["rows"] = rows_gain(row["kind"], row["settings"], np.array(row["scores"]), *data)
        if done % 50 == 49:
            write(path, rows)
            print(done + 1, file=sys.stderr, flush=True)
    write(path, rows)


def write(path, rows):
    """Write a file anew; one that is stopped meanwhile leaves the old one."""
    derived = {method for method in METHODS if method.endswith("all rows")}
    kept = ({name: row[name] for name in row if name not in derived} for row in rows)
    new = f"{path}.new"
    with gzip.open(new, "wt") if path.endswith(".gz") else open(new, "w") as out:
        out.writelines(json.dumps(rounded(row)) + "\n" for row in kept)
    os.replace(new, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["run", "folds", "rows", "report"])
    parser.add_argument("path")
    parser.add_argument("--half", choices=list(FIRST_SEEDS), default="judging")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--n-most", type=int, default=1000, help="searches of a kind")
    parser.add_argument("--further", type=int, default=0, help="so many beyond those of a kind")
    arguments = parser.parse_args()
    if arguments.what == "report":
        report(arguments.path)
    elif arguments.what == "folds":
        folds_anew(arguments.path)
    elif arguments.what == "rows":
        rows_anew(arguments.path)
    else:
        further = arguments.further
        run(arguments.path, arguments.half, arguments.kinds, arguments.n_most, further)


if __name__ == "__main__":
    main()
