"""Importance of parameters against closed forms, and against Optuna's.

The functions, and samples of them, are those of ``_functions.py``; whatever is chosen is chosen on
the tuning half. The error is the share of the importance that is assigned to the wrong parameters,
0 to 1: half the sum of the absolute differences between a method and its own definition.

Tables: errors, ours and Optuna's; how often 90 % bands hold the truth; slices through the best
setting and shares of the gain, against the function itself; our PED-ANOVA and fANOVA against
Optuna's on the same data; seconds.

    python benchmarks/importance.py sample samples.npz       # 3 minutes: the Bayesian searches
    python benchmarks/importance.py run samples.npz          # 6 minutes; prints the tables
    python benchmarks/importance.py run samples.npz --n-optuna 0    # ours alone
    python benchmarks/importance.py run samples.npz --half tuning --n-optuna 0
    python benchmarks/importance.py run more.npz --bayes-seeds 203 204 205 --n-optuna 0
"""

import argparse
import platform
import sys
import time

import numpy as np
import optuna
import scipy
import sklearn
from _functions import CLOSED, FUNCTIONS, HALVES, bayes_sample, random_sample, record_of, truth
from optuna.importance import (
    FanovaImportanceEvaluator,
    MeanDecreaseImpurityImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)

from sktune.inspection import explain_gain, hyperparameter_importance, score_dependence
from sktune.inspection._importance._pedanova import pedanova_shares
from sktune.inspection._importance._shapley import shapley_values

optuna.logging.set_verbosity(optuna.logging.ERROR)

SIZES = (30, 60, 120)
RANDOM_SEEDS = {"judging": range(100, 110), "tuning": range(300, 306)}
BAYES_SEEDS = {"judging": range(200, 203), "tuning": range(400, 402)}
# Optuna's fANOVA takes 4 s on 120 candidates: it is given fewer of the same samples.
N_OPTUNA = 4
# Tolerance of a band, because shares of 0 are never exactly 0 in a draw.
SLACK = 0.005


def study_of(U, y):
    study = optuna.create_study(direction="maximize")
    ranges = {f"x{i}": optuna.distributions.FloatDistribution(0, 1) for i in range(U.shape[1])}
    for row, score in zip(U.tolist(), y.tolist(), strict=True):
        params = dict(zip(ranges, row, strict=True))
        study.add_trial(optuna.trial.create_trial(params=params, distributions=ranges, value=score))
    return study


def optuna_shares(study, evaluator, d):
    found = get_param_importances(study, evaluator=evaluator)
    return np.array([found[f"x{i}"] for i in range(d)])


def misplaced(shares, of):
    return 0.5 * float(np.abs(np.asarray(shares) - of).sum())


def covers(found, of):
    return float(np.mean((found.low - SLACK <= of) & (of <= found.high + SLACK)))


def true_slices(function, best):
    """Shares of the variances along each parameter through the best setting."""
    places = (np.arange(101) + 0.5) / 101
    variances = []
    for j in range(len(best)):
        P = np.repeat(best[None], 101, axis=0)
        P[:, j] = places
        variances.append(function(P).var())
    return np.array(variances) / np.sum(variances)


def slices_of(record, seed):
    variances = [
        score_dependence(record, name, kind="slice", n_draws=12, random_state=seed).mean.var()
        for name in record.names
    ]
    return np.array(variances) / np.sum(variances)


def true_gain(function, default, best):
    d = len(best)
    is_in = (np.arange(2**d)[:, None] >> np.arange(d)) & 1 == 1
    return shapley_values(function(np.where(is_in, best, default)))


def measure(name, kind, U, y, truths, seed, with_optuna, rows):
    """Measure everything on one sample, and add it to `rows`."""
    function, d = FUNCTIONS[name]
    for n in SIZES:
        record = record_of(name, U[:n], y[:n])

        def add(what, value, n=n):
            rows.append((name, kind, n, what, value))

        start = time.perf_counter()
        found = hyperparameter_importance(record, random_state=seed)
        add("seconds", time.perf_counter() - start)
        add("shapley", misplaced(found.shares, truths["shapley"]))
        add("cover", covers(found, truths["shapley"]))
        add("width", float(np.mean(found.high - found.low)))
        add("r2", found.r2)
        rows.append((name, kind, n, "shares", found.shares))
        for method in ("fanova", "ped-anova"):
            shares = hyperparameter_importance(
                record, method=method, n_draws=12, random_state=seed
            ).shares
            add(f"our {method}", misplaced(shares, truths[method]))
        best = U[record.best_index]
        gain = true_gain(function, U[0], best)
        if gain.sum() > 0:
            explained = explain_gain(record, random_state=seed)
            add("gain", float(np.abs(explained.shares - gain).sum() / gain.sum()))
        if kind == "bayes" and n == 120:
            add("slice", misplaced(slices_of(record, seed), true_slices(function, best)))
        if with_optuna:
            study = study_of(U[:n], y[:n])
            for what, evaluator, own in (
                ("optuna fanova", FanovaImportanceEvaluator(seed=seed), "fanova"),
                ("optuna mdi", MeanDecreaseImpurityImportanceEvaluator(seed=seed), "shapley"),
                ("optuna ped-anova", PedAnovaImportanceEvaluator(), "ped-anova"),
            ):
                start = time.perf_counter()
                shares = optuna_shares(study, evaluator, d)
                add(f"seconds of {what}", time.perf_counter() - start)
                add(what, misplaced(shares, truths[own]))
                if own == "fanova":
                    ours = hyperparameter_importance(
                        record, method="fanova", random_state=seed, n_draws=2
                    )
                    add("our fanova from optuna's", misplaced(ours.shares, shares))


def pedanova_against_optuna(rng):
    """Largest difference of a share, with the same 3,000 points without noise."""
    differences = []
    for function, d in HALVES["judging"].values():
        U = rng.random((3000, d))
        theirs = optuna_shares(study_of(U, function(U)), PedAnovaImportanceEvaluator(), d)
        ours = pedanova_shares(list(U.T), function(U))
        differences.append(misplaced(ours, theirs))
    return differences


def table(rows, kind, names, whats):
    """Means over functions of means over samples, with the number of samples."""
    print(f"| {kind} |", " | ".join(f"n = {n}" for n in SIZES), "| samples |")
    print("|---" * (len(SIZES) + 2) + "|")
    for what in whats:
        cells, medians, counts = [], [], []
        for n in SIZES:
            by_name = [[r[4] for r in rows if r[:4] == (name, kind, n, what)] for name in names]
            by_name = [values for values in by_name if values]
            counts.append(sum(map(len, by_name)))
            cells.append(f"{np.mean([np.mean(v) for v in by_name]):.3f}" if by_name else "")
            medians.append(f"{np.median(np.concatenate(by_name)):.3f}" if by_name else "")
        if any(cells):
            print(f"| {what} |", " | ".join(cells), f"| {max(counts)} |")
            if what == "gain":
                print("| gain, median |", " | ".join(medians), f"| {max(counts)} |")
    print()


def run(path, functions, random_seeds, bayes_seeds, n_optuna):
    samples = np.load(path)
    closed = [name for name in functions if name in CLOSED]
    others = [name for name in functions if name not in CLOSED]
    truths = {name: truth(name) for name in functions}
    rows = []
    for name in functions:
        for place, seed in enumerate(random_seeds):
            U, y = random_sample(name, seed)
            measure(name, "random", U, y, truths[name], seed, place < n_optuna, rows)
            print(name, seed, file=sys.stderr, flush=True)
        for seed in bayes_seeds:
            U, y = samples[f"{name}-{seed}-U"], samples[f"{name}-{seed}-y"]
            with_optuna = n_optuna > 0 and seed == bayes_seeds[0]
            measure(name, "bayes", U, y, truths[name], seed, with_optuna, rows)
    whats = list(dict.fromkeys(row[3] for row in rows if row[3] != "shares"))
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}, Optuna {optuna.__version__}\n"
    )
    for title, names in (("closed forms", closed), (", ".join(others), others)):
        if not names:
            continue
        print(f"### {title}\n")
        for kind in ("random", "bayes"):
            table(rows, kind, names, whats)
    kinds = ["random"] * bool(random_seeds) + ["bayes"]
    for name in functions:
        for kind in kinds:
            cover = [
                np.mean([r[4] for r in rows if r[:4] == (name, kind, n, "cover")]) for n in SIZES
            ]
            error = [
                np.mean([r[4] for r in rows if r[:4] == (name, kind, n, "shapley")]) for n in SIZES
            ]
            print(name, kind, "error", np.round(error, 3), "cover", np.round(cover, 2))
    if "ishigami" in functions and random_seeds:
        found = [
            [r[4] for r in rows if r[:4] == ("ishigami", "random", n, "shares")] for n in SIZES
        ]
        spread = [np.std(shares, axis=0).mean() for shares in found]
        print("\nspread of a share over the seeds, Ishigami, random:", np.round(spread, 3))
    differences = pedanova_against_optuna(np.random.default_rng(5))
    print("PED-ANOVA, ours from Optuna's, given the same:", np.round(differences, 3))


def sample(path, functions, bayes_seeds):
    found = {}
    for name in functions:
        for seed in bayes_seeds:
            found[f"{name}-{seed}-U"], found[f"{name}-{seed}-y"] = bayes_sample(name, seed)
            print(name, seed, file=sys.stderr, flush=True)
    np.savez_compressed(path, **found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["sample", "run"])
    parser.add_argument("path")
    parser.add_argument("--functions", nargs="+", choices=list(FUNCTIONS))
    parser.add_argument("--half", choices=list(HALVES), default="judging")
    parser.add_argument("--n-seeds", type=int, help="fewer than all")
    parser.add_argument("--bayes-seeds", type=int, nargs="+", help="Bayesian searches alone")
    parser.add_argument("--n-optuna", type=int, default=N_OPTUNA, help="samples for Optuna")
    arguments = parser.parse_args()
    half, n_seeds = arguments.half, arguments.n_seeds
    functions = arguments.functions or list(HALVES[half])
    random_seeds, bayes_seeds = RANDOM_SEEDS[half][:n_seeds], BAYES_SEEDS[half][:n_seeds]
    if arguments.bayes_seeds:
        random_seeds, bayes_seeds = (), arguments.bayes_seeds
    if arguments.what == "sample":
        sample(arguments.path, functions, bayes_seeds)
    else:
        run(arguments.path, functions, random_seeds, bayes_seeds, arguments.n_optuna)


if __name__ == "__main__":
    main()
