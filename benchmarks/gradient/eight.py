"""Calls of cross-validation that eight weights need, and one penalty on the same data.

    python benchmarks/gradient/eight.py 0 1 2

Breast cancer by its three kinds of measures, and five blocks of 40 shuffled columns, each a part.
The path may take 80 calls; shown are all, those to within 0.1 % of the end, and the loss of the
folds at the beginning and there.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys

import numpy as np
from problems import read_problem
from run import problem
from sklearn.model_selection import train_test_split

from sktune import GradientSearchCV

N_BLOCKS = 5


def eight_parts():
    X, y, estimator = read_problem("cancer", n_shuffled=40 * N_BLOCKS)
    union = estimator.named_steps["parts"]
    *measures, (_, scaler, shuffled) = union.transformers
    blocks = np.array_split(shuffled, N_BLOCKS)
    parts = [(f"shuffled {k}", scaler, block.tolist()) for k, block in enumerate(blocks)]
    return X, y, estimator.set_params(parts__transformers=[*measures, *parts])


def main(splits):
    X, y, estimator = eight_parts()
    for split in splits:
        X_search, _, y_search, _ = train_test_split(
            X, y, test_size=0.5, random_state=split, stratify=y
        )
        one, parts, common = problem(estimator, split)
        for name, space in (("one", one), ("eight", parts)):
            search = GradientSearchCV(
                estimator, space, n_iter=80, check_parts=False, refit=False, **common
            ).fit(X_search, y_search)
            best = np.fmin.accumulate(search.cv_results_["mean_loss"])
            n_to_end = int(np.argmax(best <= best[-1] * 1.001)) + 1
            print(f"{split} {name}: {len(best)} ({n_to_end}), {best[0]:.4f} to {best[-1]:.4f}")


if __name__ == "__main__":
    main([int(split) for split in sys.argv[1:]])
