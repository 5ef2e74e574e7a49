"""Tables in markdown from the runs of ``run.py``, on the problems that all methods have.

    python benchmarks/efficiency/analyse.py FILE.jsonl [...] [--against optuna_gp] [--noisy]

Without files, the runs of the peers that are kept. Normalised regret = (best - found) /
(best - median of random search), clipped to [0, 1], where best is the highest score known or in
these runs. A budget is read from the shortest run of a seed that reaches it, as a cooling schedule
depends on its length. Intervals are 95 % bootstraps, over problems and over the seeds of each.
"""

import argparse
import gzip
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from problems import references

KEPT = Path(__file__).parents[1] / "results" / "efficiency-peers.jsonl.gz"
BUDGETS = (10, 25, 50, 100)
# Suggestions over which cost is averaged: some methods pay for several at once.
AROUND = {25: (17, 33), 50: (34, 50), 100: (84, 100)}
N_DRAWS = 2000


def read(paths):
    """The rows of some files."""
    rows = []
    for path in map(Path, paths):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            rows += map(json.loads, lines)
    return rows


def regrets(rows):
    """By (method, problem, budget) the regret of each seed, shape (n_seeds,)."""
    known, best = references(), {}
    for row in rows:
        name = row["task"]
        best[name] = max(row["y"] + [best.get(name, known[name]["best"])])
    by_seed = defaultdict(dict)
    for row in sorted(rows, key=lambda row: -row["n"]):  # shorter runs replace longer ones
        name = row["task"]
        scale = best[name] - known[name]["median"]
        for budget in BUDGETS:
            if row["n"] >= budget:
                regret = np.clip((best[name] - row["inc"][budget - 1]) / scale, 0, 1)
                by_seed[row["method"], name, budget][row["seed"]] = regret
    return {key: np.array(list(seeds.values())) for key, seeds in by_seed.items()}


def mean(values):
    """Mean over problems of the mean over seeds."""
    return float(np.mean([np.mean(seeds) for seeds in values]))


def interval(values, rng):
    """95 % of the means of problems drawn with replacement, and seeds of each likewise."""
    means = []
    for _ in range(N_DRAWS):
        drawn = [values[i] for i in rng.integers(len(values), size=len(values))]
        means.append(mean([rng.choice(seeds, len(seeds)) for seeds in drawn]))
    return np.quantile(means, [0.025, 0.975])


def table(title, head, lines):
    print(f"\n### {title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def common(scores):
    """Methods, best first, and the problems that each of them has."""
    has = defaultdict(set)
    for method, name, _ in scores:
        has[method].add(name)
    names = sorted(set.intersection(*has.values()))
    if not names:
        raise SystemExit("no problem that all methods have: choose with --methods")

    def rank(method):
        budget = max(b for b in (10, 25, 50) if (method, names[0], b) in scores)
        return -budget, mean([scores[method, name, budget] for name in names])

    return sorted(has, key=rank), names


def regret_tables(scores, methods, names, rng):
    """Mean regret of all problems, with its interval, and of each scenario."""
    scenarios = dict.fromkeys(name.split("/")[0] for name in names)
    for group in ["all", *scenarios] if len(scenarios) > 1 else ["all"]:
        members = [name for name in names if group in ("all", name.split("/")[0])]
        lines = []
        for method in methods:
            lines.append([method])
            for budget in BUDGETS:
                values = [scores.get((method, name, budget)) for name in members]
                is_full = all(seeds is not None for seeds in values)
                cell = f"{mean(values):.3f}" if is_full else "-"
                if is_full and group == "all":
                    cell += " [{:.3f}, {:.3f}]".format(*interval(values, rng))
                lines[-1].append(cell)
        head = ["method", *(f"after {budget}" for budget in BUDGETS)]
        table(f"Mean normalised regret: {group}, problems: {len(members)}", head, lines)


def difference_table(scores, methods, names, peer, rng):
    """Regret less that of a peer, paired by problem."""
    lines = []
    for method in methods:
        lines.append([method])
        for budget in BUDGETS:
            pairs = [
                (np.mean(scores[method, name, budget]), np.mean(scores[peer, name, budget]))
                for name in names
                if (method, name, budget) in scores and (peer, name, budget) in scores
            ]
            cell = "-"
            if pairs:
                differences = [np.array([ours - theirs]) for ours, theirs in pairs]
                low, high = interval(differences, rng)
                n_better = sum(ours < theirs for ours, theirs in pairs)
                cell = f"{mean(differences):+.3f} [{low:+.3f}, {high:+.3f}]"
                cell += f", better on {n_better} of {len(pairs)}"
            lines[-1].append(cell)
    head = ["method", *(f"after {budget}" for budget in BUDGETS)]
    table(f"Regret less that of {peer}, paired by problem (negative: better)", head, lines)


def cost_table(rows, methods):
    """CPU time of a suggestion: the mean around each place, the median over runs."""
    spent = defaultdict(list)
    for row in rows:
        for place, (first, last) in AROUND.items():
            if len(row["spent"]) >= last:
                spent[row["method"], place].append(np.mean(row["spent"][first:last]))
    lines = [
        [method]
        + [
            f"{1e3 * np.median(spent[method, place]):.1f}" if spent[method, place] else "-"
            for place in AROUND
        ]
        for method in methods
    ]
    table("CPU milliseconds a suggestion", ["method", *(f"near {b}" for b in AROUND)], lines)


def origin_table(rows, methods):
    """Seeds of each method by length of run, and the versions it ran with."""
    lines = []
    for method in methods:
        own = [row for row in rows if row["method"] == method]
        lengths = sorted({row["n"] for row in own})
        seeds = [(n, sorted({row["seed"] for row in own if row["n"] == n})) for n in lengths]
        versions = dict.fromkeys(
            f"{name} {number}" for row in own for name, number in row.get("versions", {}).items()
        )
        runs = "; ".join(f"{n}: {', '.join(map(str, found))}" for n, found in seeds)
        lines.append([method, runs, ", ".join(versions)])
    table("Runs", ["method", "settings: seeds", "versions"], lines)


def report(rows, against=None):
    """Print all tables of some rows."""
    scores = regrets(rows)
    methods, names = common(scores)
    if against is not None and against not in methods:
        raise SystemExit(f"no run of {against!r}; there are: {', '.join(methods)}")
    rng = np.random.default_rng(0)
    regret_tables(scores, methods, names, rng)
    if against is not None:
        difference_table(scores, methods, names, against, rng)
    cost_table(rows, methods)
    origin_table(rows, methods)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", default=[KEPT])
    parser.add_argument("--methods", nargs="+", help="only these")
    parser.add_argument("--against", help="also the differences to this method")
    parser.add_argument("--noisy", action="store_true", help="the runs with noisy folds")
    arguments = parser.parse_args()
    rows = [
        row
        for row in read(arguments.files)
        if row["noisy"] == arguments.noisy
        and (not arguments.methods or row["method"] in arguments.methods)
    ]
    if not rows:
        raise SystemExit("no such runs in these files")
    report(rows, arguments.against)


if __name__ == "__main__":
    main()
