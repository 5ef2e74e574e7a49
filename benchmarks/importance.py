"""Importance of parameters against closed forms, and against Optuna's.

The functions, and samples of them, are those of ``_functions.py``; whatever is chosen is chosen on
the tuning half. The error is the share of the importance that is assigned to the wrong parameters,
0 to 1: half the sum of the absolute differences between a method and its own definition.

Tables: errors, ours and Optuna's; how often 90 % bands hold the truth; slices through the best
setting and shares of the gain, against the function itself; our PED-ANOVA and fANOVA against
Optuna's on the same data; seconds.

    python benchmarks/importance.py sample samples.npz       # 3 minutes: the Bayesian searches
    python benchmarks/importance.py run samples.npz          # 10 minutes; prints the tables
    python benchmarks/importance.py run samples.npz --n-optuna 0    # ours alone
    python benchmarks/importance.py run samples.npz --half tuning --n-optuna 0
    python benchmarks/importance.py run samples.npz --bayes-seeds 203 204 205 --out rows.jsonl
    python benchmarks/importance.py report rows.jsonl        # or those in results/runs/
    python benchmarks/importance.py seconds                  # of 200 candidates, 8 parameters

The Bayesian searches of the judging half are kept in ``results/runs/importance.npz``: new ones are
those of the optimiser as it is by then.
"""

import argparse
import json
import os
import platform
import sys
import time

import numpy as np
import optuna
import scipy
import sklearn
from _functions import (
    CLOSED,
    FUNCTIONS,
    HALVES,
    bayes_sample,
    random_sample,
    record_in,
    record_of,
    truth,
)
from _tables import read
from optuna.importance import (
    FanovaImportanceEvaluator,
    MeanDecreaseImpurityImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)
from scipy.stats import uniform

from sktune.inspection import explain_gain, hyperparameter_importance, score_dependence
from sktune.inspection._importance._pedanova import pedanova_shares
from sktune.inspection._importance._shapley import shapley_values
from sktune.space import SearchSpace

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


def measured(name, kind, U, y, truths, seed, with_optuna):
    """Rows of one sample: what is found from its first candidates, and how wrong it is."""
    function = FUNCTIONS[name][0]
    for n in SIZES:
        record = record_of(name, U[:n], y[:n])
        start = time.perf_counter()
        found = hyperparameter_importance(record, random_state=seed)
        values = {
            "seconds": time.perf_counter() - start,
            "shapley": misplaced(found.shares, truths["shapley"]),
            "cover": covers(found, truths["shapley"]),
            "width": float(np.mean(found.high - found.low)),
            "r2": found.r2,
        }
        for method in ("fanova", "ped-anova"):
            shares = hyperparameter_importance(
                record, method=method, n_draws=12, random_state=seed
            ).shares
            values[f"our {method}"] = misplaced(shares, truths[method])
        best = U[record.best_index]
        gain = true_gain(function, U[0], best)
        if gain.sum() > 0:
            explained = explain_gain(record, random_state=seed)
            values["gain"] = float(np.abs(explained.shares - gain).sum() / gain.sum())
        if with_optuna:
            values |= against_optuna(record, study_of(U[:n], y[:n]), truths, seed)
        if kind == "bayes" and n == 120:
            values["slice"] = misplaced(slices_of(record, seed), true_slices(function, best))
        row = {"function": name, "kind": kind, "seed": seed, "n": n}
        yield row | {"values": values, "shares": found.shares.tolist()}


def against_optuna(record, study, truths, seed):
    """Optuna's errors and seconds on one sample, and our fANOVA from its."""
    values = {}
    for what, evaluator, own in (
        ("optuna fanova", FanovaImportanceEvaluator(seed=seed), "fanova"),
        ("optuna mdi", MeanDecreaseImpurityImportanceEvaluator(seed=seed), "shapley"),
        ("optuna ped-anova", PedAnovaImportanceEvaluator(), "ped-anova"),
    ):
        start = time.perf_counter()
        shares = optuna_shares(study, evaluator, len(record.names))
        values[f"seconds of {what}"] = time.perf_counter() - start
        values[what] = misplaced(shares, truths[own])
        if own == "fanova":
            ours = hyperparameter_importance(record, method="fanova", random_state=seed, n_draws=2)
            values["our fanova from optuna's"] = misplaced(ours.shares, shares)
    return values


def pedanova_against_optuna(rng):
    """Largest difference of a share, with the same 3,000 points without noise."""
    differences = []
    for function, d in HALVES["judging"].values():
        U = rng.random((3000, d))
        theirs = optuna_shares(study_of(U, function(U)), PedAnovaImportanceEvaluator(), d)
        ours = pedanova_shares(list(U.T), function(U))
        differences.append(misplaced(ours, theirs))
    return differences


def values_of(rows, what, **where):
    """Values of one kind in the rows that have these words."""
    return [
        row["values"][what]
        for row in rows
        if what in row["values"] and all(row[key] == value for key, value in where.items())
    ]


def table(rows, kind, names, whats):
    """Means over functions of means over samples, with the number of samples."""
    print(f"| {kind} |", " | ".join(f"n = {n}" for n in SIZES), "| samples |")
    print("|---" * (len(SIZES) + 2) + "|")
    for what in whats:
        cells, medians, counts = [], [], []
        for n in SIZES:
            by_name = [values_of(rows, what, function=name, kind=kind, n=n) for name in names]
            by_name = [values for values in by_name if values]
            counts.append(sum(map(len, by_name)))
            cells.append(f"{np.mean([np.mean(v) for v in by_name]):.3f}" if by_name else "")
            medians.append(f"{np.median(np.concatenate(by_name)):.3f}" if by_name else "")
        if any(cells):
            print(f"| {what} |", " | ".join(cells), f"| {max(counts)} |")
            if what == "gain":
                print("| gain, median |", " | ".join(medians), f"| {max(counts)} |")
    print()


def report(rows):
    """Print the tables of some rows."""
    whats = list(dict.fromkeys(what for row in rows for what in row["values"]))
    functions = list(dict.fromkeys(row["function"] for row in rows))
    kinds = [kind for kind in ("random", "bayes") if any(row["kind"] == kind for row in rows)]
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}, Optuna {optuna.__version__}\n"
    )
    closed = [name for name in functions if name in CLOSED]
    others = [name for name in functions if name not in CLOSED]
    for title, names in (("closed forms", closed), (", ".join(others), others)):
        if not names:
            continue
        print(f"### {title}\n")
        for kind in kinds:
            table(rows, kind, names, whats)
    for name, kind in dict.fromkeys((row["function"], row["kind"]) for row in rows):
        cover, error = (
            [np.mean(values_of(rows, what, function=name, kind=kind, n=n)) for n in SIZES]
            for what in ("cover", "shapley")
        )
        print(name, kind, "error", np.round(error, 3), "cover", np.round(cover, 2))
    found = [row for row in rows if (row["function"], row["kind"]) == ("ishigami", "random")]
    if found:
        shares = [[row["shares"] for row in found if row["n"] == n] for n in SIZES]
        spread = [np.std(of_size, axis=0).mean() for of_size in shares]
        print("\nspread of a share over the seeds, Ishigami, random:", np.round(spread, 3))


def run(path, functions, random_seeds, bayes_seeds, n_optuna, out):
    """Measure what `out` lacks of the samples, and print the tables."""
    samples, truths = np.load(path), {name: truth(name) for name in functions}
    rows = read([out]) if out and os.path.exists(out) else []
    done = {(row["function"], row["kind"], row["seed"], row["n"]) for row in rows}
    wanted = [
        (name, kind, seed, place < n_optuna)
        for name in functions
        for kind, seeds in (("random", random_seeds), ("bayes", bayes_seeds))
        for place, seed in enumerate(seeds)
    ]
    for name, kind, seed, with_optuna in wanted:
        if (name, kind, seed, SIZES[-1]) in done:
            continue
        if kind == "random":
            U, y = random_sample(name, seed)
        else:
            U, y = samples[f"{name}-{seed}-U"], samples[f"{name}-{seed}-y"]
        new = list(measured(name, kind, U, y, truths[name], seed, with_optuna))
        rows += new
        if out:
            with open(out, "a") as file:
                file.writelines(json.dumps(row) + "\n" for row in new)
        print(name, kind, seed, file=sys.stderr, flush=True)
    report(rows)
    differences = pedanova_against_optuna(np.random.default_rng(5))
    print("PED-ANOVA, ours from Optuna's, given the same:", np.round(differences, 3))


def seconds(n=200, d=8):
    """Print the CPU time of importance with bands, for three functions of 8 parameters."""
    space = SearchSpace.from_distributions({f"x{i}": uniform(0, 1) for i in range(d)})
    for seed in range(3):
        rng = np.random.default_rng(seed)
        U, noise = rng.random((n, d)), rng.standard_normal(n)
        y = U**2 @ np.arange(1.0, d + 1.0) + 3.0 * U[:, 0] * U[:, 1] + 0.5 * noise
        start = time.process_time()
        found = hyperparameter_importance(record_in(space, U, y))
        print(f"{time.process_time() - start:.1f} s, R2 {found.r2:.2f}")


def sample(path, functions, bayes_seeds):
    found = {}
    for name in functions:
        for seed in bayes_seeds:
            found[f"{name}-{seed}-U"], found[f"{name}-{seed}-y"] = bayes_sample(name, seed)
            print(name, seed, file=sys.stderr, flush=True)
    np.savez_compressed(path, **found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["sample", "run", "report", "seconds"])
    parser.add_argument("path", nargs="?", default="", help="samples; rows for a report")
    parser.add_argument("--functions", nargs="+", choices=list(FUNCTIONS))
    parser.add_argument("--half", choices=list(HALVES), default="judging")
    parser.add_argument("--n-seeds", type=int, help="fewer than all")
    parser.add_argument("--bayes-seeds", type=int, nargs="+", help="Bayesian searches alone")
    parser.add_argument("--n-optuna", type=int, default=N_OPTUNA, help="samples for Optuna")
    parser.add_argument("--out", help="rows, which are added to")
    arguments = parser.parse_args()
    half, n_seeds = arguments.half, arguments.n_seeds
    functions = arguments.functions or list(HALVES[half])
    random_seeds, bayes_seeds = RANDOM_SEEDS[half][:n_seeds], BAYES_SEEDS[half][:n_seeds]
    if arguments.bayes_seeds:
        random_seeds, bayes_seeds = (), arguments.bayes_seeds
    if arguments.what == "seconds":
        seconds()
    elif arguments.what == "report":
        seeds = arguments.bayes_seeds
        report([row for row in read([arguments.path]) if seeds is None or row["seed"] in seeds])
    elif arguments.what == "sample":
        sample(arguments.path, functions, bayes_seeds)
    else:
        n_optuna = arguments.n_optuna
        run(arguments.path, functions, random_seeds, bayes_seeds, n_optuna, arguments.out)


if __name__ == "__main__":
    main()
