"""Runs from files, means with their intervals, and tables in markdown."""

import gzip
import json
from pathlib import Path

import numpy as np

N_DRAWS = 2000


def read(paths):
    """The rows of some files."""
    rows = []
    for path in map(Path, paths):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            rows += map(json.loads, lines)
    return rows


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


def family_mean(values, families):
    """Mean over families of the mean over their problems: a large family counts as one."""
    groups = {}
    for seeds, family in zip(values, families, strict=True):
        groups.setdefault(family, []).append(seeds)
    return float(np.mean([mean(group) for group in groups.values()]))


def with_interval(values, rng):
    """Mean and interval as text."""
    return f"{mean(values):.3f} " + "[{:.3f}, {:.3f}]".format(*interval(values, rng))


def difference(pairs, rng):
    """First less second of pairs: mean, interval, and in how many the first is smaller."""
    differences = [np.array([first - second]) for first, second in pairs]
    low, high = interval(differences, rng)
    n_better = sum(first < second for first, second in pairs)
    told = f"{mean(differences):+.3f} [{low:+.3f}, {high:+.3f}]"
    return f"{told}, better on {n_better} of {len(pairs)}"


def table(title, head, lines):
    print(f"\n### {title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
