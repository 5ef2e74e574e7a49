"""Two scores at once: how much of the front do searches find, in 10 to 50 fits of real problems?

    python benchmarks/pareto/run.py                          # the tables of the kept runs
    python benchmarks/pareto/run.py --yahpo FOLDER           # run what is missing, then the tables
    python benchmarks/pareto/run.py --yahpo FOLDER --methods pareto tpe --seeds 0 1 --n 50

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
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "efficiency")]

from _tables import read, table  # noqa: E402
from peers import suggested  # noqa: E402
from tasks import OLD, TimedProblem, add_reference  # noqa: E402

RESULTS = HERE.parent / "results" / "runs" / "pareto.jsonl"
BUDGETS = (10, 25, 50, 100)


def pareto(problem, both, n, seed, **options):
    from searches import space

    from sktune.optimizers import Observation, ParetoOptimizer
    from sktune.space import SearchSpace

    optimizer = ParetoOptimizer(
        SearchSpace.from_distributions(space(problem)),
        metrics=["accuracy", "fit_time"],
        by_ratio={"fit_time"},
        seed=seed,
        **options,
    )
    for i in range(n):
        candidate = optimizer.ask(i / n)
        accuracy, speed = both(candidate.params)
        scores = {"accuracy": np.array([accuracy]), "fit_time": np.array([-(10.0**-speed)])}
        optimizer.tell(Observation(candidate, scores, "complete"))


def random(problem, both, n, seed):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        both(problem.params(rng.random(len(problem.parameters))))


def _optuna(make_sampler, is_conditional=True):
    def run(problem, both, n, seed):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = make_sampler(optuna.samplers, seed)
        study = optuna.create_study(directions=["maximize"] * 2, sampler=sampler)
        for _ in range(n):
            trial = study.ask()
            params = suggested(trial, problem.parameters, is_conditional)
            study.tell(trial, list(both(params)))

    return run


METHODS = {
    "random": random,
    "pareto": pareto,
    "tpe": _optuna(lambda samplers, seed: samplers.TPESampler(seed=seed)),
    "nsga2": _optuna(lambda samplers, seed: samplers.NSGAIISampler(seed=seed, population_size=20)),
    "gp": _optuna(
        lambda samplers, seed: samplers.GPSampler(seed=seed, deterministic_objective=True), False
    ),
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
    regret = np.round(problem.regret(np.array(points)), 5).tolist()
    milliseconds = round(1000 * spent / n, 1)
    return {
        "task": problem.name,
        "method": method,
        "seed": seed,
        "n": n,
        "ms": milliseconds,
        "regret": regret,
    }


def report(lines):
    """Mean regret of each method over the tasks and seeds that all of them have run."""
    by_method = {}
    for line in lines:
        by_method.setdefault(line["method"], {})[line["task"], line["seed"]] = line
    shared = sorted(set.intersection(*(set(runs) for runs in by_method.values())))
    seeds = sorted({seed for _, seed in shared})
    tasks = sorted({task for task, _ in shared})
    rows = []
    for method, runs in by_method.items():
        found = [runs[key] for key in shared]
        budgets = [b for b in BUDGETS if all(len(run["regret"]) >= b for run in found)]
        cells = [f"{np.mean([run['regret'][b - 1] for run in found]):.3f}" for b in budgets]
        last = budgets[-1]
        by_task = [
            f"{np.mean([r['regret'][last - 1] for r in found if r['task'] == task]):.3f}"
            for task in tasks
        ]
        ms = f"{np.mean([run['ms'] for run in found]):.0f}"
        rows.append([method, *cells, ", ".join(by_task), ms])
    head = ["method", *map(str, budgets), f"at {last}: {', '.join(tasks)}", "ms a suggestion"]
    table(f"Regret of hypervolume, {len(tasks)} tasks, seeds {seeds}", head, rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--yahpo", help="folder of YAHPO Gym's data")
    parser.add_argument("--tasks", nargs="+", default=list(OLD))
    parser.add_argument("--methods", nargs="+", default=["random", "pareto", "tpe"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    lines = read([arguments.out]) if arguments.out.exists() else []
    done = {(line["task"], line["method"], line["seed"]) for line in lines}
    for seed in arguments.seeds if arguments.yahpo else ():
        for name in arguments.tasks:
            problem = TimedProblem(name, arguments.yahpo)
            add_reference(problem)
            for method in arguments.methods:
                if (name, method, seed) in done:
                    continue
                lines.append(play(problem, method, arguments.n, seed))
                with arguments.out.open("a") as out:
                    out.write(json.dumps(lines[-1]) + "\n")
                print(name, method, seed, lines[-1]["regret"][-1], flush=True)
    report(lines)


if __name__ == "__main__":
    main()
