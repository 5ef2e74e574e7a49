"""Read runs from files, compute means with intervals, and print tables in markdown."""

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
    """95 % bootstrap interval of the mean, over problems and over the seeds of each."""
    n_seeds = np.array([len(seeds) for seeds in values])
    padded = np.zeros((len(values), n_seeds.max()))
    for row, seeds in zip(padded, values, strict=True):
        row[: len(seeds)] = seeds
    problems = rng.integers(len(values), size=(N_DRAWS, len(values), 1))
    counts = n_seeds[problems]
    places = (rng.random((*problems.shape[:2], padded.shape[1])) * counts).astype(int)
    counted = padded[problems, places] * (np.arange(padded.shape[1]) < counts)
    means = (counted.sum(axis=2) / counts[:, :, 0]).mean(axis=1)
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
    """First minus second of pairs: mean, interval, and in how many the first is smaller."""
    differences = [np.array([first - second]) for first, second in pairs]
    low, high = interval(differences, rng)
    n_better = sum(first < second for first, second in pairs)
    told = f"{mean(differences):+.3f} [{low:+.3f}, {high:+.3f}]"
    return f"{told}, better on {n_better} of {len(pairs)}"


def table(title, head, lines):
    print(f"\n### {title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
