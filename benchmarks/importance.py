"""Importance of parameters against closed forms, and against Optuna's.

Four functions of parameters in [0, 1]: Ishigami (3), Sobol's g (5), an additive one (6), for which
Shapley shares and effects are known in closed form, and one with a cliff and a threshold (4), for
which they come from 2^13 points. Scores have noise of 10 % of the function's spread. Samples are
random, or those of a Bayesian search. The error is the share of the importance that is assigned to
the wrong parameters, 0 to 1: half the sum of the absolute differences between a method and its own
definition.

Tables: errors, ours and Optuna's; how often 90 % bands hold the truth; slices through the best
setting and shares of the gain, against the function itself; our PED-ANOVA and fANOVA against
Optuna's on the same data; seconds.

    python benchmarks/importance.py sample samples.npz       # 3 minutes: the Bayesian searches
    python benchmarks/importance.py run samples.npz          # 6 minutes; prints the tables
    python benchmarks/importance.py run samples.npz --n-optuna 0    # ours alone
"""

import argparse
import platform
import sys
import time
from itertools import combinations

import numpy as np
import optuna
import scipy
import sklearn
from optuna.importance import (
    FanovaImportanceEvaluator,
    MeanDecreaseImpurityImportanceEvaluator,
    PedAnovaImportanceEvaluator,
    get_param_importances,
)
from scipy.stats import uniform

from sktune._records import Observation
from sktune.inspection import (
    SearchRecord,
    explain_gain,
    hyperparameter_importance,
    score_dependence,
)
from sktune.inspection._importance._pedanova import pedanova_shares
from sktune.inspection._importance._shapley import VarianceGame, shapley_values
from sktune.inspection._record import Evaluation
from sktune.optimizers import BayesOptimizer
from sktune.space import SearchSpace

optuna.logging.set_verbosity(optuna.logging.ERROR)

NOISE = 0.1
SIZES = (30, 60, 120)
RANDOM_SEEDS = range(100, 110)
BAYES_SEEDS = range(200, 203)
CLIFF_SEEDS = range(100, 110)
# Optuna's fANOVA takes 4 s on 120 candidates: it is given fewer of the same samples.
N_OPTUNA = 4
DEFAULT = 0.35
# Tolerance of a band, because shares of 0 are never exactly 0 in a draw.
SLACK = 0.005

A = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
W = np.array([4.0, 3.0, 2.0, 1.0, 0.5, 0.0])


def ishigami(U):
    X = np.pi * (2 * U - 1)
    return np.sin(X[:, 0]) + 7 * np.sin(X[:, 1]) ** 2 + 0.1 * X[:, 2] ** 4 * np.sin(X[:, 0])


def g(U):
    return np.prod((np.abs(4 * U - 2) + A) / (1 + A), axis=1)


def additive(U):
    return np.sqrt(12) * (U - 0.5) @ W


def cliff(U):
    bump = 0.8 * np.exp(-(((U[:, 0] - 0.3) / 0.15) ** 2))
    return bump + 0.4 * U[:, 1] * (U[:, 3] > 0.5) - 0.8 * (U[:, 2] > 0.85)


FUNCTIONS = {"ishigami": (ishigami, 3), "g": (g, 5), "additive": (additive, 6), "cliff": (cliff, 4)}


def components(name):
    """Variance of each effect and interaction, in closed form."""
    if name == "ishigami":
        a, b = 7.0, 0.1
        v1 = 0.5 * (1 + b * np.pi**4 / 5) ** 2
        return {(0,): v1, (1,): a * a / 8, (0, 2): b * b * np.pi**8 * (1 / 18 - 1 / 50)}
    if name == "g":
        single = (1 / 3) / (1 + A) ** 2
        subsets = [S for r in range(1, 6) for S in combinations(range(5), r)]
        return {S: float(np.prod(single[list(S)])) for S in subsets}
    return {(i,): w**2 for i, w in enumerate(W)}


def truth(name):
    """Shares by each definition: Shapley values, main effects, PED-ANOVA."""
    function, d = FUNCTIONS[name]
    points = np.random.default_rng(0).random((200_000, d))
    ped = pedanova_shares(list(points.T), function(points))
    if name == "cliff":
        games = [VarianceGame(lambda P: function(P)[None], d, 2**13, seed) for seed in range(3)]
        values = np.mean([game.all_subsets()[:, 0] for game in games], axis=0)
    else:
        parts = components(name)
        values = np.array(
            [
                sum(v for S, v in parts.items() if all(subset >> i & 1 for i in S))
                for subset in range(2**d)
            ]
        )
    main = values[[1 << i for i in range(d)]]
    return {
        "shapley": shapley_values(values) / values[-1],
        "fanova": main / main.sum(),
        "ped-anova": ped,
    }


def space_of(d):
    return SearchSpace.from_distributions({f"x{i}": uniform(0, 1) for i in range(d)})


def observed(name, U, seed):
    function, d = FUNCTIONS[name]
    spread = function(np.random.default_rng(1).random((20_000, d))).std()
    return function(U) + NOISE * spread * np.random.default_rng(seed).standard_normal(len(U))


def random_sample(name, seed, n=120):
    d = FUNCTIONS[name][1]
    U = np.random.default_rng([seed, d]).random((n, d))
    U[0] = DEFAULT  # the default is among the candidates, as in a search
    return U, observed(name, U, seed)


def bayes_sample(name, seed, n=120):
    """The points that a Bayesian search tries on a function, the default first."""
    d = FUNCTIONS[name][1]
    start = {f"x{i}": DEFAULT for i in range(d)}
    optimizer = BayesOptimizer(space_of(d), seed=seed, starts=[start])
    rows, scores = [], []
    for k in range(n):
        candidate = optimizer.ask(progress=k / n)
        rows.append([candidate.params[f"x{i}"] for i in range(d)])
        scores.append(observed(name, np.array([rows[-1]]), [seed, k])[0])
        optimizer.tell(Observation(candidate, {"score": np.array(scores[-1:])}, "complete"))
    return np.array(rows), np.array(scores)


def record_of(U, y):
    """The record of a search that tried these settings."""
    names = [f"x{i}" for i in range(U.shape[1])]
    return SearchRecord(
        metric="score",
        settings=tuple(dict(zip(names, row, strict=True)) for row in U.tolist()),
        split_scores=y[:, None],
        scores=y,
        status=("complete",) * len(y),
        seconds=np.ones(len(y)),
        space=space_of(U.shape[1]),
        is_inferred=False,
        resources=None,
        best_index=int(y.argmax()),
        default_index=0,
        evaluation=Evaluation(None, None, None, 1.0),
    )


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
        record = record_of(U[:n], y[:n])

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
    for function, d in FUNCTIONS.values():
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


def run(path, functions, n_seeds, n_optuna):
    samples = np.load(path)
    closed = [name for name in ("ishigami", "g", "additive") if name in functions]
    truths = {name: truth(name) for name in functions}
    rows = []
    for name in functions:
        seeds = CLIFF_SEEDS if name == "cliff" else RANDOM_SEEDS
        for place, seed in enumerate(seeds[:n_seeds]):
            U, y = random_sample(name, seed)
            measure(name, "random", U, y, truths[name], seed, place < n_optuna, rows)
            print(name, seed, file=sys.stderr, flush=True)
        for seed in BAYES_SEEDS[:n_seeds]:
            U, y = samples[f"{name}-{seed}-U"], samples[f"{name}-{seed}-y"]
            with_optuna = n_optuna > 0 and seed == BAYES_SEEDS[0]
            measure(name, "bayes", U, y, truths[name], seed, with_optuna, rows)
    whats = list(dict.fromkeys(row[3] for row in rows if row[3] != "shares"))
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}, Optuna {optuna.__version__}\n"
    )
    for title, names in (("closed forms", closed), ("cliff", ("cliff",))):
        if not set(names) & set(functions):
            continue
        print(f"### {title}\n")
        for kind in ("random", "bayes"):
            table(rows, kind, names, whats)
    for name in functions:
        for kind in ("random", "bayes"):
            cover = [
                np.mean([r[4] for r in rows if r[:4] == (name, kind, n, "cover")]) for n in SIZES
            ]
            error = [
                np.mean([r[4] for r in rows if r[:4] == (name, kind, n, "shapley")]) for n in SIZES
            ]
            print(name, kind, "error", np.round(error, 3), "cover", np.round(cover, 2))
    if "ishigami" in functions:
        found = [
            [r[4] for r in rows if r[:4] == ("ishigami", "random", n, "shares")] for n in SIZES
        ]
        spread = [np.std(shares, axis=0).mean() for shares in found]
        print("\nspread of a share over the seeds, Ishigami, random:", np.round(spread, 3))
    differences = pedanova_against_optuna(np.random.default_rng(5))
    print("PED-ANOVA, ours from Optuna's, given the same:", np.round(differences, 3))


def sample(path, functions, n_seeds):
    found = {}
    for name in functions:
        for seed in BAYES_SEEDS[:n_seeds]:
            found[f"{name}-{seed}-U"], found[f"{name}-{seed}-y"] = bayes_sample(name, seed)
            print(name, seed, file=sys.stderr, flush=True)
    np.savez_compressed(path, **found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["sample", "run"])
    parser.add_argument("path")
    parser.add_argument("--functions", nargs="+", choices=list(FUNCTIONS), default=list(FUNCTIONS))
    parser.add_argument("--n-seeds", type=int, help="fewer than all")
    parser.add_argument("--n-optuna", type=int, default=N_OPTUNA, help="samples for Optuna")
    arguments = parser.parse_args()
    if arguments.what == "sample":
        sample(arguments.path, arguments.functions, arguments.n_seeds)
    else:
        run(arguments.path, arguments.functions, arguments.n_seeds, arguments.n_optuna)


if __name__ == "__main__":
    main()
