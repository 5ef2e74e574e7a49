"""What the Keras benchmarks share: images, the network, versions, figures and cold processes."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata

# Before TensorFlow is imported, as sktune.keras does it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

PACKAGES = ("scikit-learn", "tensorflow", "keras", "scikeras", "keras-tuner")


def versions():
    """Return versions and machine in one line."""
    found = [f"python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} missing")
    return ", ".join([*found, f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"])


def spread(values, form=".2f"):
    """Return median, min and max as text."""
    middle, low, high = (format(f(values), form) for f in (statistics.median, min, max))
    return f"{middle} (min {low}, max {high}, n={len(values)})"


def load_images(size=8, n_channels=1):
    """Return digits as images in [0, 1], enlarged to this size, and their labels."""
    import numpy as np
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X = (X / 16).reshape(-1, 8, 8, 1).astype(np.float32)
    return X.repeat(size // 8, 1).repeat(size // 8, 2).repeat(n_channels, 3), y


def make_layers(input_shape, n_classes, filters, dropout):
    """Return the classic CNN, not compiled; on large images with a second pooling."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.Conv2D(filters, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(2 * filters, 3, activation="relu"),
            *([layers.MaxPooling2D(2)] if input_shape[0] >= 16 else []),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


def make_network(input_shape, n_classes, filters, dropout, learning_rate):
    """Return the classic CNN, compiled."""
    import keras

    model = make_layers(input_shape, n_classes, filters, dropout)
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def network(meta, filters=32, dropout=0.0, learning_rate=1e-3):
    """Return the network for scikeras's wrapper and for ours: a model function of both."""
    return make_network(meta["X_shape_"][1:], meta["n_classes_"], filters, dropout, learning_rate)


def bare_network(meta, filters=32, dropout=0.0):
    """Return the network for the estimator to compile."""
    return make_layers(meta["X_shape_"][1:], meta["n_classes_"], filters, dropout)


def compiling_network(meta, compile_kwargs, filters=32, dropout=0.0):
    """Return the network, compiled with the arguments from the estimator."""
    model = bare_network(meta, filters, dropout)
    model.compile(**compile_kwargs)
    return model


def wrapper(library):
    """Return the KerasClassifier of ``"scikeras"`` or ``"sktune"``."""
    if library == "scikeras":
        from scikeras.wrappers import KerasClassifier
    else:
        from sktune.keras import KerasClassifier
    return KerasClassifier


def report(**record):
    """Send a record from a cold process to the one that started it."""
    print(json.dumps(record), flush=True)


class ColdProcess:
    """A fresh interpreter that runs a script and sends records.

    Iteration yields each record with the seconds since the start.

    Parameters
    ----------
    script : str
        File to run.
    *arguments : object
        Its arguments.
    """

    def __init__(self, script, *arguments):
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (read after the end)
        self._start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, script, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.pid = self._process.pid

    def __iter__(self):
        for line in self._process.stdout:
            if line.startswith("{"):
                yield time.perf_counter() - self._start, json.loads(line)

    def stop(self):
        """End the process."""
        self._process.kill()

    def crash(self):
        """Wait for the end; return the last line of error if the process failed, else None."""
        if self._process.wait() == 0:
            return None
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"
