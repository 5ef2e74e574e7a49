"""Tune a Keras CNN on real handwritten digits, with one line changed from RandomizedSearchCV.

Data: scikit-learn's ``load_digits``, 1,797 images of 8x8 pixels. A fifth is held out. The rest
is cross-validated with 5 stratified folds while ``BayesSearchCV`` chooses the learning rate,
batch size, filters and dropout of the network. Takes two or three minutes on two cores.

    python docs/examples/tune_cnn_digits.py

Writes ``results/convergence.png`` and ``results/cv_results.csv``.
"""

import csv
import time
from pathlib import Path

import matplotlib
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sktune import BayesSearchCV
from sktune.inspection import TraceDisplay
from sktune.keras import CNNClassifier

try:  # scikit-learn 1.9 and later
    from sklearn.callback import ProgressBar
except ImportError:
    ProgressBar = None

N_CANDIDATES = 16
RESULTS = Path("results")


def make_model():
    """Scale the pixels to [0, 1], then the classic CNN; 64 pixels in a row are an 8x8 image."""
    return make_pipeline(MinMaxScaler(), CNNClassifier(epochs=15, random_state=0))


def make_search():
    """Make the search, with the arguments of RandomizedSearchCV."""
    return BayesSearchCV(
        make_model(),
        {
            "cnnclassifier__learning_rate": loguniform(1e-4, 3e-3),
            "cnnclassifier__batch_size": [16, 32, 64],
            "cnnclassifier__filters": [8, 16, 32],
            "cnnclassifier__dropout": uniform(0.0, 0.6),
        },
        n_iter=N_CANDIDATES,
        scoring=["accuracy", "f1_macro"],
        refit="accuracy",
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        n_jobs=2,  # threads, as Keras models prefer
        random_state=0,
        verbose=0 if ProgressBar else 2,
    )


def report(search, held_out, baseline, seconds):
    """Print the results."""
    results, best = search.cv_results_, search.best_index_
    print(f"\nBest of {len(results['params'])} settings:")
    for name, value in search.best_params_.items():
        shown = f"{value:.3g}" if isinstance(value, float) else value
        print(f"  {name.removeprefix('cnnclassifier__'):14s} {shown}")
    for metric in ("accuracy", "f1_macro"):
        mean, std = results[f"mean_test_{metric}"][best], results[f"std_test_{metric}"][best]
        print(f"cross-validated {metric:9s} {mean:.4f} +- {std:.4f} over the folds")
    print(f"held-out accuracy         {held_out:.4f} (untuned CNN: {baseline:.4f})")
    print(f"time spent                {seconds:.0f} s")


def save(search):
    """Write the convergence plot and the table of all candidates."""
    RESULTS.mkdir(exist_ok=True)
    TraceDisplay.from_search(search).figure_.savefig(RESULTS / "convergence.png", dpi=150)
    columns = {k: v for k, v in search.cv_results_.items() if k != "params"}
    with open(RESULTS / "cv_results.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    print(f"written to                {RESULTS.resolve()}: convergence.png, cv_results.csv")


def main():
    start = time.perf_counter()
    matplotlib.use("agg")
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=2
    )
    print(f"Tuning a CNN on {len(X_train)} digits: {N_CANDIDATES} settings x 5 folds ...")
    baseline = accuracy_score(y_test, make_model().fit(X_train, y_train).predict(X_test))
    search = make_search()
    if ProgressBar:
        # Bars for the search as a whole and for its folds; a greater depth shows every fit.
        search.set_callbacks(ProgressBar(max_propagation_depth=0))
    search.fit(X_train, y_train)
    held_out = accuracy_score(y_test, search.predict(X_test))
    report(search, held_out, baseline, time.perf_counter() - start)
    save(search)


if __name__ == "__main__":
    main()
