"""Two scores of real fits: how much of the front do searches find, in 10 to 50 settings?

    python benchmarks/pareto/real.py run --out FILE          # run what is missing in the file
    python benchmarks/pareto/real.py report FILE
    python benchmarks/pareto/real.py report FILE FILE --methods pareto tpe --seeds 0

With ``--half`` the problems of ``more.py`` whose half that is, in place of those of ``fitted.py``.
A problem is in the tables if all methods have run it with a shared seed.

The true front is not known: that of all settings that any run of the file has tried stands for it.
The hypervolume begins at the 10 % quantiles of what random search tried.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from fitted import PROBLEMS
from more import NEW

sys.path.insert(0, str(Path(__file__).parent.parent))

from _halves import HALVES, half
from _tables import difference, mean, read, table
from front_peers import botorch, hebo, smac

from sktune._gp import hypervolume, is_on_front
from sktune._search._pareto._costs import BY_RATIO

# In "fairly" there is nothing to trade.
NAMES = ("tree", "digits", "lasso", "diabetes", "support", "sparse", "wine")
BUDGETS = (10, 25, 50)

ALL = PROBLEMS | NEW


def pareto(problem, folds, n, seed):
    from sktune.optimizers import Observation, ParetoOptimizer
    from sktune.space import SearchSpace

    optimizer = ParetoOptimizer(
        SearchSpace.from_distributions(problem.space),
        metrics=problem.metrics,
        by_ratio=BY_RATIO.intersection(problem.metrics),
        seed=seed,
    )
    for i in range(n):
        candidate = optimizer.ask(i / n)
        optimizer.tell(Observation(candidate, folds(candidate.params), "complete"))


def random(problem, folds, n, seed):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        folds({p.name: p.at(rng.random()) for p in problem.parameters})


def _optuna(make_sampler):
    def run(problem, folds, n, seed):
        from peers import trade_off

        def scores_of(params):
            return compared(problem, folds(params))

        trade_off(make_sampler, problem.parameters, n, seed, scores_of)

    return run


def _peer(suggest):
    def run(problem, folds, n, seed):
        suggest(problem.parameters, n, seed, lambda params: compared(problem, folds(params)))

    return run


METHODS = {
    "random": random,
    "pareto": pareto,
    "tpe": _optuna(lambda samplers, seed: samplers.TPESampler(seed=seed)),
    "gp": _optuna(lambda samplers, seed: samplers.GPSampler(seed=seed)),
    "botorch": _peer(botorch),
    "smac": _peer(smac),
    "hebo": _peer(hebo),
}


def compared(problem, scores):
    """The two mean scores, of sizes minus the mean logarithm."""
    first, second = (scores[name] for name in problem.metrics)
    by_ratio = problem.second in BY_RATIO
    return float(np.mean(first)), float(np.mean(-np.log(-second) if by_ratio else second))


def play(name, method, n, seed):
    problem, points, inner = ALL[name], [], [0.0]

    def folds(params):
        start = time.process_time()
        scores = problem.folds(params)
        points.append(compared(problem, scores))
        inner[0] += time.process_time() - start
        return scores

    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        METHODS[method](problem, folds, n, seed)
    spent = time.process_time() - start - inner[0]
    ms = round(1000 * spent / n, 1)
    return {"problem": name, "method": method, "seed": seed, "ms": ms, "points": points}


def report(lines, methods=None, seeds=None):
    """Tables of some methods and seeds, all by default; fronts are those of all lines."""
    names = sorted({line["problem"] for line in lines})
    runs = {(line["problem"], line["method"], line["seed"]): line for line in lines}
    methods = methods or list(dict.fromkeys(line["method"] for line in lines))
    seeds = seeds or sorted({line["seed"] for line in lines})
    shared = {
        name: [s for s in seeds if all((name, m, s) in runs for m in methods)] for name in names
    }
    names = [name for name in names if shared[name]]
    if not names:
        raise SystemExit(f"no problem was run with the same seed by {', '.join(methods)}")
    n = min(len(line["points"]) for line in lines)
    budgets = [b for b in BUDGETS if b <= n] or [n]
    regrets = {}
    for name in names:
        tried = np.vstack([line["points"] for line in lines if line["problem"] == name])
        at_random = [line["points"] for key, line in runs.items() if key[:2] == (name, "random")]
        origin = np.quantile(np.vstack(at_random), 0.1, axis=0)
        whole = hypervolume(tried[is_on_front(tried)], origin)
        for method in methods:
            for b in budgets:
                found = [runs[name, method, s]["points"][:b] for s in shared[name]]
                regrets[method, b, name] = [1 - hypervolume(p, origin) / whole for p in found]

    def means(method, b):
        return [float(np.mean(regrets[method, b, name])) for name in names]

    rows, pairs = [], []
    for method in methods:
        cells = [f"{np.mean(means(method, b)):.3f}" for b in budgets]
        at_last = ", ".join(f"{value:.3f}" for value in means(method, budgets[-1]))
        ms = mean([[line["ms"] for line in lines if line["method"] == method]])
        rows.append([method, *cells, at_last, f"{ms:.0f}"])
        if method != "pareto" and "pareto" in methods:
            rng, both = np.random.default_rng(0), []
            for b in budgets:
                both.append(list(zip(means("pareto", b), means(method, b), strict=True)))
            pairs.append([method, *(difference(pair, rng) for pair in both)])
    head = [f"after {b}" for b in budgets]
    last = f"at {budgets[-1]}: {', '.join(names)}"
    table(f"Regret, seeds {seeds}", ["method", *head, last, "ms a suggestion"], rows)
    if pairs:
        table("Regret of `pareto` less that of others", ["method", *head], pairs)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--out", type=Path, required=True)
    run.add_argument("--problems", nargs="+", choices=ALL)
    run.add_argument("--half", choices=HALVES)
    run.add_argument("--methods", nargs="+", default=["random", "pareto", "tpe"], choices=METHODS)
    run.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    run.add_argument("--n", type=int, default=50)
    tables = commands.add_parser("report")
    tables.add_argument("files", nargs="+")
    tables.add_argument("--methods", nargs="+")
    tables.add_argument("--seeds", nargs="+", type=int)
    arguments = parser.parse_args()
    if arguments.command == "report":
        return report(read(arguments.files), arguments.methods, arguments.seeds)
    lines = read([arguments.out]) if arguments.out.exists() else []
    names = arguments.problems or NAMES
    if arguments.half:
        names = [name for name in NEW if half(name) == arguments.half]
    done = {(line["problem"], line["method"], line["seed"]) for line in lines}
    for seed in arguments.seeds:
        for name in names:
            for method in arguments.methods:
                if (name, method, seed) not in done:
                    line = play(name, method, arguments.n, seed)
                    with arguments.out.open("a") as out:
                        out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
