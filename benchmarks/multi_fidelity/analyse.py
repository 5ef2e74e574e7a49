"""Tables of the runs: regret at each budget, paired differences, the worst task, the cost.

python benchmarks/multi_fidelity/analyse.py [FILES] [--against freeze_thaw] [--lie noise]

Without files those of ``benchmarks/results``.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "efficiency"))
from _halves import HALVES, half
from _tables import read, table
from problems import references

KEPT = Path(__file__).parents[1] / "results" / "runs" / "multi_fidelity.jsonl.gz"
BUDGETS = (2.5, 5, 10, 25, 50)


def regrets(row):
    """Of a run, at each budget that it reached; not clipped above 1."""
    reference = references()[row["task"]]
    best, median = reference["best"], reference["median"]
    found = []
    for budget in BUDGETS:
        if budget > row["budget"]:
            break
        scores = [score for spent, score in row["trace"] if spent <= budget + 1e-6]
        found.append(max((best - (scores[-1] if scores else median)) / (best - median), 0.0))
    return found


def by_task(rows, method, seeds):
    """Mean regret over the seeds: task -> array of budgets."""
    found = {}
    for row in rows:
        if row["method"] == method and row["seed"] in seeds:
            found.setdefault(row["task"], []).append(regrets(row))
    return {task: np.mean(values, axis=0) for task, values in found.items()}


def interval(differences):
    """Mean and half of the 95 % interval by Student's t over tasks."""
    n = len(differences)
    error = (
        stats.t.ppf(0.975, n - 1) * np.std(differences, ddof=1) / np.sqrt(n) if n > 1 else np.nan
    )
    return f"{np.mean(differences):+.3f} ± {error:.3f}"


def report(rows, against="freeze_thaw"):
    """Print the tables for the seeds and tasks that all methods have."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    have = {m: {(row["task"], row["seed"]) for row in rows if row["method"] == m} for m in methods}
    common = set.intersection(*have.values())
    rows = [row for row in rows if (row["task"], row["seed"]) in common]
    seeds = {seed for _, seed in common}
    means = {m: by_task(rows, m, seeds) for m in methods}
    tasks = sorted({task for task, _ in common})
    n_budgets = min(len(regrets(row)) for row in rows)
    head = ["method", *map(str, BUDGETS[:n_budgets])]
    for name, members in [
        ("all", tasks),
        *((h, [t for t in tasks if half(t) == h]) for h in HALVES),
    ]:
        if not members:
            continue
        lines = []
        for m in methods:
            values = np.mean([means[m][t][:n_budgets] for t in members], axis=0)
            lines.append([m, *(f"{v:.3f}" for v in values)])
        table(f"Regret, {name}: {len(members)} tasks, seeds {sorted(seeds)}", head, lines)
    if against in methods:
        _compare(means, methods, against, tasks, n_budgets)
    lines = []
    for m in methods:
        own = [row for row in rows if row["method"] == m]
        counts = [np.mean([r[k] for r in own]) for k in ("n_read", "n_settings", "n_full")]
        cost = 1000 * sum(r["cpu"] for r in own) / sum(r["n_read"] for r in own)
        lines.append([m, *(f"{c:.0f}" for c in counts), f"{cost:.1f}"])
    table("Counts", ["method", "scores", "settings", "full trainings", "ms a suggestion"], lines)


def _compare(means, methods, against, tasks, n_budgets):
    lines = []
    for m in methods:
        if m == against:
            continue
        differences = np.array([means[against][t] - means[m][t] for t in tasks])[:, :n_budgets]
        lines.append([m, *(interval(column) for column in differences.T)])
    head = ["less that of", *map(str, BUDGETS[:n_budgets])]
    table(f"{against}: paired difference over tasks, 95 %", head, lines)
    parents = [m for m in ("asha", "bayes") if m in methods]
    if len(parents) == 2:
        better = np.array([np.minimum(*(means[m][t] for m in parents)) for t in tasks])
        worst = np.array([means[against][t] for t in tasks]) - better
        lines = [
            [
                "worst above the better of asha and bayes",
                *(f"{v:+.3f}" for v in worst.max(axis=0)[:n_budgets]),
            ]
        ]
        table("The worst task", head, lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", default=[KEPT])
    parser.add_argument("--against", default="freeze_thaw")
    parser.add_argument("--methods", nargs="+")
    parser.add_argument("--only", nargs="+", default=[""])
    parser.add_argument("--lie")
    parser.add_argument("--budget", type=float, default=10.0)
    arguments = parser.parse_args()
    rows = read(arguments.files)
    wanted = arguments.lie, arguments.budget
    rows = [row for row in rows if (row["lie"], row["budget"]) == wanted]
    rows = [row for row in rows if any(text in row["task"] for text in arguments.only)]
    if arguments.methods:
        rows = [row for row in rows if row["method"] in arguments.methods]
    report(rows, arguments.against)


if __name__ == "__main__":
    main()
