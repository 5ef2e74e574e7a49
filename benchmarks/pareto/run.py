"""Two scores at once: how much of the front do searches find, in 10 to 50 fits of real problems?

    python benchmarks/pareto/run.py                          # the tables of the kept runs
    python benchmarks/pareto/run.py --yahpo FOLDER           # run what is missing, then the tables
    python benchmarks/pareto/run.py --yahpo FOLDER --half judging --methods pareto tpe --seeds 0 1
    python benchmarks/pareto/run.py --yahpo FOLDER --methods pareto pareto_8_workers --n 100

FOLDER is a clone of slds-lmu/yahpo_data; the networks need onnxruntime. Each run is one line of
JSON, and runs that are there already are skipped. Times are CPU seconds of this process, without
those of the problem itself.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "efficiency")]

from _clock import simulate  # noqa: E402
from _halves import HALVES, half  # noqa: E402
from _tables import difference, mean, read, table  # noqa: E402
from front_peers import botorch, hebo, smac  # noqa: E402
from peers import trade_off  # noqa: E402
from tasks import TASKS, TimedProblem, add_reference, is_isolated, tasks  # noqa: E402

RESULTS = HERE.parent / "results" / "runs" / "pareto.jsonl"
BUDGETS = (10, 25, 50, 100)
SIGMA = 0.75  # of the logarithm of the fit times, with several workers


def pareto(problem, both, n, seed, n_workers=1):
    """Ours; with several workers on a simulated clock, points come in the order of their ends."""
    from searches import space

    from sktune.optimizers import ParetoOptimizer
    from sktune.space import SearchSpace

    optimizer = ParetoOptimizer(
        SearchSpace.from_distributions(space(problem)),
        metrics=["accuracy", "fit_time"],
        by_ratio={"fit_time"},
        seed=seed,
    )
    rng = np.random.default_rng(seed)

    def scores_of(candidate):
        accuracy, speed = both(candidate.params)
        return {"accuracy": np.array([accuracy]), "fit_time": np.array([-(10.0**-speed)])}

    def seconds():
        return 60 * rng.lognormal(-(SIGMA**2) / 2, SIGMA)

    simulate(optimizer, scores_of, seconds, n, lambda now: n_workers)


def random(problem, both, n, seed):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        both(problem.params(rng.random(len(problem.parameters))))


def _optuna(make_sampler, is_conditional=True):
    def run(problem, both, n, seed):
        trade_off(make_sampler, problem.parameters, n, seed, both, is_conditional)

    return run


def _peer(suggest):
    def run(problem, both, n, seed):
        suggest(problem.parameters, n, seed, both)

    return run


METHODS = {
    "random": random,
    "pareto": pareto,
    "pareto_8_workers": partial(pareto, n_workers=8),
    "tpe": _optuna(lambda samplers, seed: samplers.TPESampler(seed=seed)),
    "nsga2": _optuna(lambda samplers, seed: samplers.NSGAIISampler(seed=seed, population_size=20)),
    "gp": _optuna(
        lambda samplers, seed: samplers.GPSampler(seed=seed, deterministic_objective=True), False
    ),
    "botorch": _peer(botorch),
    "smac": _peer(smac),
    "hebo": _peer(hebo),
}


def play(problem, method, n, seed):
    """Run a method on a problem and return the line that is kept of it."""
    points, inner = [], [0.0]

    def both(params):
        start = time.process_time()
        points.append(problem.both([params])[0])
        inner[0] += time.process_time() - start
        return points[-1]

    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        METHODS[method](problem, both, n, seed)
    spent = time.process_time() - start - inner[0]
    points = np.array(points)
    budgets = sorted({n, *(budget for budget in BUDGETS if budget < n)})
    others = {str(b): np.round(problem.others(points[:b]), 5).tolist() for b in budgets}
    return {
        "task": problem.name,
        "method": method,
        "seed": seed,
        "n": n,
        "ms": round(1000 * spent / n, 1),
        "regret": np.round(problem.regret(points), 5).tolist(),
        "others": others,
    }


def report(lines, n, against="pareto"):
    """Tables after at most n fits, of the tasks and seeds that all methods have run, by half."""
    by_method = {}
    for line in sorted(lines, key=lambda line: line["n"]):  # the longest run of each counts
        by_method.setdefault(line["method"], {})[line["task"], line["seed"]] = line
    shared = sorted(set.intersection(*(set(runs) for runs in by_method.values())))
    isolated = {task for task, _ in shared if is_isolated(task)}
    parts = {name: {t for t, _ in shared if half(t) == name} - isolated for name in HALVES}
    parts |= {"both": set.union(*parts.values()), "isolated corners": isolated}
    for name, chosen in parts.items():
        keys = [key for key in shared if key[0] in chosen]
        if keys:
            _tables_of(name, keys, by_method, n, against)
    if against in by_method and len(by_method) > 1:
        _table_of_each(shared, by_method, n, against)


def _table_of_each(keys, by_method, n, against):
    """Mean regret of each task, and that of a method in shares of the best other's."""
    last = min(n, *(len(by_method[method][key]["regret"]) for method in by_method for key in keys))
    rows = []
    for task in sorted({task for task, _ in keys}):
        mine = [key for key in keys if key[0] == task]
        found = {
            method: np.mean([runs[key]["regret"][last - 1] for key in mine])
            for method, runs in by_method.items()
        }
        best = min(value for method, value in found.items() if method != against)
        share = found[against] / best if best > 0 else np.nan
        part = "isolated corner" if is_isolated(task) else half(task)
        rows.append([task, part, *(f"{value:.3f}" for value in found.values()), f"{share:.2f}"])
    head = ["task", "part", *by_method, f"`{against}`, of the best other"]
    table(f"Regret after {last}, each task, seeds {sorted({seed for _, seed in keys})}", head, rows)


def _tables_of(name, keys, by_method, n, against):
    names = sorted({task for task, _ in keys})
    families = sorted({task.split("/")[0] for task in names})
    seeds = sorted({seed for _, seed in keys})
    runs = [by_method[method][key] for method in by_method for key in keys]
    last = min(n, *(len(run["regret"]) for run in runs))
    budgets = [*(b for b in BUDGETS if b < last), last]

    def values(method, read):
        """By task the values of its seeds."""
        return [[read(by_method[method][key]) for key in keys if key[0] == t] for t in names]

    def regrets(method, budget):
        return values(method, lambda run: run["regret"][budget - 1])

    def further(method, k):
        """A further measure after the last fits, if all runs kept it there."""
        is_kept = all(str(last) in run["others"] for run in runs)
        return (
            f"{mean(values(method, lambda run: run['others'][str(last)][k])):.3f}"
            if is_kept
            else "-"
        )

    rows, pairs = [], []
    for method in by_method:
        at_last = regrets(method, last)
        of_families = [
            mean([v for v, t in zip(at_last, names, strict=True) if t.startswith(family)])
            for family in families
        ]
        rows.append(
            [
                method,
                *(f"{mean(regrets(method, b)):.3f}" for b in budgets),
                ", ".join(f"{value:.3f}" for value in of_families),
                *(further(method, k) for k in range(2)),
                f"{mean(values(method, lambda run: run['ms'])):.0f}",
            ]
        )
        if method != against and against in by_method:
            rng, cells = np.random.default_rng(0), []
            for budget in budgets:
                ours, theirs = (map(np.mean, regrets(m, budget)) for m in (against, method))
                cells.append(difference(list(zip(ours, theirs, strict=True)), rng))
            pairs.append([method, *cells])
    what = f"{name}: {len(names)} tasks, seeds {seeds}"
    after = [f"after {b}" for b in budgets]
    head = ["method", *after, f"at {last}: {', '.join(families)}", "from the nadir", "time limited"]
    table(f"Regret of hypervolume, {what}", [*head, "ms a suggestion"], rows)
    if pairs:
        table(f"Regret of `{against}` less that of others, {what}", ["method", *after], pairs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--yahpo", help="folder of YAHPO Gym's data")
    parser.add_argument("--half", choices=HALVES, help="default: all tasks")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS, metavar="TASK")
    parser.add_argument("--methods", nargs="+", default=["random", "pareto", "tpe"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    lines = read([arguments.out]) if arguments.out.exists() else []
    is_long = [line for line in lines if line["n"] >= arguments.n]
    done = {(line["task"], line["method"], line["seed"]) for line in is_long}
    for seed in arguments.seeds if arguments.yahpo else ():
        for name in arguments.tasks:
            if name not in tasks(arguments.half):
                continue
            problem = TimedProblem(name, arguments.yahpo)
            add_reference(problem)
            for method in arguments.methods:
                if (name, method, seed) in done:
                    continue
                lines.append(play(problem, method, arguments.n, seed))
                with arguments.out.open("a") as out:
                    out.write(json.dumps(lines[-1]) + "\n")
                print(name, method, seed, lines[-1]["regret"][-1], flush=True)
    chosen = [line for line in lines if line["method"] in arguments.methods]
    report([line for line in chosen if line["seed"] in arguments.seeds], arguments.n)


if __name__ == "__main__":
    main()
