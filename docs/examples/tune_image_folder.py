"""Tune a CNN and its augmentation on pictures in class folders, and test it on others.

Takes any folder with ``train/<class>/*.png`` and ``test/<class>/*.png`` (other formats as well).
Without one it writes scikit-learn's ``load_digits`` as such folders, 1,797 pictures of 8x8
pixels, a fifth of them for the test. Takes four or five minutes on two cores.

    python docs/examples/tune_image_folder.py [FOLDER]

Writes ``results/augmented_samples.png`` and ``results/confusion_matrix.png``.
"""

import argparse
import time
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from scipy.stats import loguniform, uniform
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline

from sktune import BayesSearchCV
from sktune.keras import CNNClassifier, ImageReader, load_image_folder

N_CANDIDATES = 16
MAX_SIDE = 64  # pixels; larger photos are shrunk, or the dense layer would fill the memory
RESULTS = Path("results")

SPACE = {
    "cnn__learning_rate": loguniform(1e-4, 3e-3),
    "cnn__batch_size": [16, 32, 64],
    "cnn__filters": [8, 16, 32],
    "cnn__zoom_range": uniform(0.0, 0.5),
    "cnn__shear_range": uniform(0.0, 30.0),
    "cnn__horizontal_flip": [False, True],
}


def write_digits(folder):
    """Write digits as train/<class>/*.png and test/<class>/*.png."""
    images, labels = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8) * 255 / 16).astype(np.uint8)
    numbers = np.arange(len(labels))
    _, test = train_test_split(numbers, test_size=0.2, stratify=labels, random_state=2)
    for number, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        part = "test" if number in test else "train"
        path = folder / part / str(label) / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)


def make_model(images):
    """Read the pictures, all in the shape of the first, then the classic CNN."""
    with Image.open(images.data[0]) as first:
        shrink = min(1, MAX_SIDE / max(first.size))
        size = tuple(max(1, round(side * shrink)) for side in (first.height, first.width))
        color = "grayscale" if first.mode == "L" else "rgb"
    cnn = CNNClassifier(filters=32, epochs=30, random_state=0)  # in the space: tried first
    return Pipeline([("reader", ImageReader(size=size, color=color)), ("cnn", cnn)])


def make_search(model):
    """Make the search; folds augment their own training part, pictures are decoded once."""
    return BayesSearchCV(
        model,
        SPACE,
        n_iter=N_CANDIDATES,
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        n_jobs=2,  # threads, as Keras models prefer
        random_state=0,
        verbose=1,
    )


def draw_augmented(model, images, n_pictures=6, n_samples=5):
    """Draw a row for each picture: unchanged, and as the network saw it in some epochs."""
    cnn = clone(model["cnn"])
    chosen = np.random.default_rng(0).choice(len(images.data), n_pictures, replace=False)
    pictures = model["reader"].transform(images.data[chosen])
    plain = np.asarray(pictures) / 255
    columns = [plain, *(cnn.augment(pictures, random_state=epoch) for epoch in range(n_samples))]
    figure, axes = plt.subplots(
        n_pictures, len(columns), figsize=(len(columns), n_pictures), layout="constrained"
    )
    for row, label in enumerate(images.target[chosen]):
        for axis, column in zip(axes[row], columns, strict=True):
            axis.imshow(column[row].squeeze(), cmap="gray", vmin=0, vmax=1)
            axis.set(xticks=[], yticks=[])
        axes[row, 0].set_ylabel(label)
    axes[0, 0].set_title("picture")
    axes[0, 1].set_title("in training", loc="left")
    figure.savefig(RESULTS / "augmented_samples.png", dpi=150)


def draw_confusion(model, images):
    """Draw the confusion matrix."""
    figure, axis = plt.subplots(figsize=(7, 6), layout="constrained")
    ConfusionMatrixDisplay.from_predictions(
        images.target, model.predict(images.data), ax=axis, xticks_rotation="vertical", cmap="Blues"
    )
    figure.savefig(RESULTS / "confusion_matrix.png", dpi=150)


def report(search, untuned, tuned, seconds):
    """Print the results."""
    best = search.best_index_
    print(f"\nBest of {len(search.cv_results_['params'])} settings:")
    for name, value in search.best_params_.items():
        shown = f"{value:.3g}" if isinstance(value, float) else value
        print(f"  {name.removeprefix('cnn__'):16s} {shown}")
    spread = search.cv_results_["std_test_score"][best]
    print(f"cross-validated accuracy  {search.best_score_:.4f} +- {spread:.4f} over the folds")
    print(f"test accuracy             {tuned:.4f} (untuned CNN: {untuned:.4f})")
    print(f"time spent                {seconds:.0f} s")
    print(f"pictures in               {RESULTS.resolve()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="with train/ and test/ in it")
    folder = parser.parse_args().folder
    start = time.perf_counter()
    matplotlib.use("agg")
    RESULTS.mkdir(exist_ok=True)
    if folder is None:
        folder = RESULTS / "digits"
        write_digits(folder)
    train = load_image_folder(folder / "train")
    test = load_image_folder(folder / "test", class_names=train.target_names)
    print(f"{len(train.data)} pictures to tune on, {len(test.data)} to test, of {folder}")
    model = make_model(train)
    untuned = clone(model).fit(train.data, train.target).score(test.data, test.target)
    search = make_search(model).fit(train.data, train.target)
    tuned = search.score(test.data, test.target)
    draw_augmented(search.best_estimator_, train)
    draw_confusion(search.best_estimator_, test)
    report(search, untuned, tuned, time.perf_counter() - start)


if __name__ == "__main__":
    main()
