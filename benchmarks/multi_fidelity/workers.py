"""Workers side by side: how busy they are on a simulated clock, and what that costs in regret.

    python benchmarks/multi_fidelity/workers.py --yahpo FOLDER [--n-workers 8] [--full 60]

One parent, which needs its measured CPU time for each suggestion, or with ``--ask`` always as long
so that a run can be repeated, hands training to workers that exist only on the clock; training
takes ``--full`` seconds for the whole resource, times a log-normal factor. Regret is that after the
same cost, of the setting that is best on the highest rung, less that of one worker.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import heapq
import sys
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "efficiency"))
from methods import FACTOR, freeze_thaw
from searches import space
from tasks import load

from sktune.optimizers import Candidate, HyperbandOptimizer, Observation
from sktune.space import SearchSpace

SIGMA = 0.75  # of the logarithm of the training times
PARENT = 0.002  # seconds to send a fold and take its result, beside the suggestion

MAKERS = {"freeze_thaw": freeze_thaw} | {
    name: lambda space, task, seed, name=name: HyperbandOptimizer(
        space, rungs=task.rungs, factor=FACTOR, strategy=name, seed=seed
    )
    for name in ("asha", "halving", "hyperband")
}


def course(task, method, seed, budget, n_workers, full, ask=None):
    """Share of the workers' time that they train, and the regret at the end."""
    problem, seed = task.problem, task.problem.seed(seed)
    optimizer = MAKERS[method](SearchSpace.from_distributions(space(problem)), task, seed)
    rng = np.random.default_rng(seed)
    now = spent = busy = waiting = 0.0
    free, running, top, candidates = [0.0] * n_workers, [], (-1, -np.inf, None), {}
    while True:
        while free and spent < budget:
            start = time.process_time()
            candidate = optimizer.ask(spent / budget, n_workers)
            cost = time.process_time() - start if ask is None else ask
            now += cost + PARENT
            if not isinstance(candidate, Candidate):
                break
            candidates[candidate.id] = candidate
            trained = 0 if candidate.parent is None else candidates[candidate.parent].resource
            units = (candidate.resource - (trained if task.goes_on else 0)) / task.full
            spent += units
            waiting += now - free.pop()
            seconds = full * units * rng.lognormal(-(SIGMA**2) / 2, SIGMA)
            busy += seconds
            heapq.heappush(running, (now + seconds, candidate.id))
        if not running:
            break
        end, i = heapq.heappop(running)
        now = max(now, end)
        free.append(end)
        params = {p.name: p.clean(candidates[i].params[p.name]) for p in problem.parameters}
        value = task.score(params, candidates[i].resource)
        top = max(top, (candidates[i].resource, value, i))
        optimizer.tell(Observation(candidates[i], {"score": np.array([value])}, "complete"))
    params = candidates[top[2]].params
    params = {p.name: p.clean(params[p.name]) for p in problem.parameters}
    return busy / (busy + waiting), float(problem.regret(task.score(params, task.full)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yahpo", metavar="FOLDER", required=True)
    parser.add_argument("--methods", nargs="+", default=["freeze_thaw"], choices=sorted(MAKERS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--only", nargs="+", default=["lcbench"])
    parser.add_argument("--budget", type=float, default=10.0, help="full trainings")
    parser.add_argument("--n-workers", type=int, default=8)
    parser.add_argument("--full", type=float, default=60.0, help="seconds of a full training")
    parser.add_argument("--ask", type=float, help="seconds of a suggestion; else its CPU time")
    arguments = parser.parse_args()
    print("| method | task | seed | busy | regret | of one worker |\n|---|---|---|---|---|---|")
    for method in arguments.methods:
        for task in load(arguments.yahpo, arguments.only):
            for seed in arguments.seeds:
                many, one = (
                    course(task, method, seed, arguments.budget, n, arguments.full, arguments.ask)
                    for n in (arguments.n_workers, 1)
                )
                told = f"{many[0]:.3f} | {many[1]:.3f} | {one[1]:.3f}"
                print(f"| {method} | {task.name} | {seed} | {told} |", flush=True)


if __name__ == "__main__":
    main()
