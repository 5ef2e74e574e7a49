"""Racing with two scores: fits saved, and hypervolume lost, on scikit-learn's own data.

python benchmarks/pareto/racing.py
python benchmarks/pareto/racing.py --seeds 0 --n 8 --problems tree
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import warnings

import numpy as np
from scipy.stats import loguniform, randint
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from sktune import ParetoSearchCV, pareto_front

LEAVES = {"max_leaf_nodes": randint(2, 60), "min_samples_leaf": randint(1, 60)}

# Estimator, space, data and the second score, which no clock disturbs.
PROBLEMS = {
    "tree": (DecisionTreeClassifier(random_state=0), LEAVES, load_breast_cancer, "n_features"),
    "forest": (
        RandomForestClassifier(random_state=0),
        {"n_estimators": randint(1, 60), "max_depth": randint(1, 12)},
        load_breast_cancer,
        "model_size",
    ),
    "lasso": (
        make_pipeline(StandardScaler(), LinearSVC(penalty="l1", random_state=0, max_iter=3000)),
        {"linearsvc__C": loguniform(1e-4, 1e1), "linearsvc__tol": loguniform(1e-4, 1e-1)},
        load_breast_cancer,
        "n_features",
    ),
    "digits": (DecisionTreeClassifier(random_state=0), LEAVES, load_digits, "model_size"),
    "fairly": (
        KNeighborsClassifier(),
        {"n_neighbors": randint(1, 60), "p": [1, 2], "weights": ["uniform", "distance"]},
        load_breast_cancer,
        "recall_macro",
    ),
}


def run(name, n, seed, racing):
    estimator, space, load, second = PROBLEMS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ParetoSearchCV(
            estimator,
            space,
            scoring=["accuracy", second],
            n_iter=n,
            racing=racing,
            refit=False,
            random_state=seed,
        ).fit(*load(return_X_y=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS))
    arguments = parser.parse_args()
    print("| problem | seed | fits saved, % | hypervolume with racing, % of without |")
    print("|---|---|---|---|")
    found = []
    for name in arguments.problems:
        for seed in arguments.seeds:
            full = run(name, arguments.n, seed, racing=False)
            raced = run(name, arguments.n, seed, racing=True)
            front = full.pareto_front_
            reference = dict(zip(front.metrics, front.reference, strict=True))
            share = pareto_front(raced, reference=reference).hypervolume / front.hypervolume
            saved = 1 - raced.n_fits_ / full.n_fits_
            found.append((saved, share))
            print(f"| {name} | {seed} | {100 * saved:.0f} | {100 * share:.1f} |", flush=True)
    saved, share = 100 * np.mean(found, axis=0)
    print(f"| mean | | {saved:.1f} | {share:.1f} |")


if __name__ == "__main__":
    main()
