"""Where searches of a problem with two numbers looked: a picture from the stored runs.

    python benchmarks/real/picture.py benchmarks/results/svc-moons.png

Each panel has the 50 suggestions of one method with one seed, darker ones later. Rings are the five
best.
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from report import KEPT

sys.path.append(str(Path(__file__).parents[1]))
from _tables import read

PROBLEM, SEED = "svc-moons", 0
METHODS = {
    "bayes_0.1.0": "as it was first",
    "bayes_repeating": "without improvement by luck",
    "bayes": "as it is",
    "optuna_tpe_mv": "Optuna's TPE",
}


def draw(rows):
    """A panel for each method."""
    figure, axes = plt.subplots(1, len(METHODS), figsize=(13, 3.6), sharex=True, sharey=True)
    for ax, (method, title) in zip(axes, METHODS.items(), strict=True):
        row = next(r for r in rows if r["method"] == method)
        points = np.array(row["points"])[:50]
        scores = np.array([np.nan if None in f else np.mean(f) for f in row["folds"]])[:50]
        ax.scatter(*points.T, c=np.arange(len(points)), cmap="viridis_r", s=22)
        best = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")[:5]
        ax.scatter(*points[best].T, facecolors="none", edgecolors="C3", s=90)
        ax.set(title=f"{title}\nbest {np.nanmax(scores):.4f}", xlim=(-0.03, 1.03))
        ax.set(ylim=(-0.03, 1.03), xlabel=row["dimensions"][0])
    axes[0].set_ylabel(rows[0]["dimensions"][1])
    figure.tight_layout()
    return figure


if __name__ == "__main__":
    found = [r for r in read([KEPT]) if r["problem"] == PROBLEM and r["seed"] == SEED]
    draw(found).savefig(sys.argv[1], dpi=90)
    print(sys.argv[1])
