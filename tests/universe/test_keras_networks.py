"""Everything that keras exports, in a network: trained as by ``Model.fit``, and predicting alike.

A first fit, which tries a program out, and a later one, which shares it; what cannot be shared goes
through the same assertions.
"""

from __future__ import annotations

import functools
import gc
import os
import pickle
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest

from sktune.keras import KerasClassifier, KerasRegressor
from tests.keras._reference import CLOSE, assert_same_weights, fit_by_keras
from tests.universe import _keras_parts as parts
from tests.universe._sample import IS_WHOLE

N_ROWS, BATCH_SIZE = 40, 16
# In the ordinary run the second fit shares a program, in the whole one the third.
# What a fit draws from a random_state of 0.
SEED = int(np.random.RandomState(0).randint(2**31 - 1))

EPOCHS, N_FITS = (5, 3) if IS_WHOLE else (2, 2)
X = np.random.default_rng(0).uniform(0.1, 2.9, (N_ROWS, parts.N_FEATURES)).astype(np.float32)
CODES = np.arange(N_ROWS) % 3
ONE_HOT = np.eye(3, dtype=np.float32)[CODES]

# In the ordinary run several layers, or dense branches, share a network.
N_BRANCHES = 16

# Of sequences that are not of one length; of labels and embeddings; made of a function.
LOSSES = [name for name in parts.LOSSES if name not in ("CTC", "Circle")]
METRICS = [name for name in parts.METRICS if name not in ("MeanMetricWrapper", "Mean", "Sum")]
SCHEDULES = list(parts.SCHEDULES)
OPTIMIZERS = list(parts.OPTIMIZERS)


def cases(items):
    return parts.alone_and_in_pairs(items) if IS_WHOLE else parts.bundles(items, N_BRANCHES)


def estimator(make_model, **given):
    """Return an estimator, and its target, for a model function that takes no data."""
    settings = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "shuffle": False, "random_state": 0}
    # That of Keras's losses which is named otherwise takes class numbers too.
    names = str([*given.values()])
    is_sparse = "Sparse" in names or "CategoricalGeneralizedCrossEntropy" in names
    kind, y = (KerasClassifier, CODES) if is_sparse else (KerasRegressor, ONE_HOT)
    arguments = {f"model__{name}": value for name, value in given.items()}
    return kind(make_model, **settings, **arguments), y


def find_shapes(layers):
    """Find them before a fit: the search for them makes layers too, with names and weights."""
    for name in layers:
        parts.shape_for(name)


def check(make_model, folder, **given):
    """Compare the first and the last fit with Keras's own, and save it for a fresh process."""
    ours, y = estimator(make_model, **given)
    make = functools.partial(make_model, **given)
    theirs = fit_by_keras(make, X, y, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=SEED)
    if not all(np.isfinite(w).all() for w in theirs.get_weights()):
        with pytest.raises(ValueError, match="Training diverged"):
            ours.fit(X, y)
        return
    for n in range(N_FITS):
        ours, y = estimator(make_model, **given)
        assert ours.fit(X, y)._seed == SEED
        if 0 < n < N_FITS - 1:
            continue
        assert_same_weights(ours.model_, theirs, **CLOSE)
        np.testing.assert_allclose(ours._predict_raw(X), ours.model_(X, training=False), **CLOSE)
        np.testing.assert_allclose(ours._predict_raw(X), theirs(X, training=False), **CLOSE)
    path = folder / f"{len(list(folder.iterdir()))}.pickle"
    path.write_bytes(pickle.dumps((ours, X, ours._predict_raw(X))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where fitted estimators lie until a fresh process loads them."""
    return tmp_path_factory.mktemp("fitted")


# TensorFlow 2.21's variables and NumPy 2.4, seen when Keras saves variables; and what Keras says
# of single layers.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("names", cases(parts.LAYERS), ids="-".join)
def test_layers(names, folder):
    find_shapes(names)
    check(parts.network_of_layers, folder, names=names)


DENSE = [
    *[("activation", name) for name in parts.ACTIVATIONS],
    *[("kernel_initializer", name) for name in parts.INITIALIZERS if name != "STFT"],
    *[("kernel_regularizer", name) for name in parts.REGULARIZERS],
    *[("kernel_constraint", name) for name in parts.CONSTRAINTS],
]


@pytest.mark.parametrize("chosen", cases(DENSE), ids=lambda c: "-".join(name for _, name in c))
def test_activations_initializers_regularizers_constraints(chosen, folder):
    check(parts.network_of_dense, folder, parts=chosen)


# Those that take class numbers stand alone.
OF_NUMBERS = ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy")


def compiled():
    """Return (loss or losses, optimizer, schedule): each once, or each loss with each optimizer."""
    schedules = [None, *SCHEDULES]
    if IS_WHOLE:
        return [
            (loss, optimizer, schedules[number % len(schedules)])
            for number, loss in enumerate(LOSSES)
            for optimizer in OPTIMIZERS
        ]
    of_rows = [name for name in LOSSES if name not in OF_NUMBERS]
    together = [of_rows[n :: len(OPTIMIZERS)] for n in range(len(OPTIMIZERS))]
    losses = [*together, *OF_NUMBERS]
    return [
        (loss, OPTIMIZERS[n % len(OPTIMIZERS)], schedules[n % len(schedules)])
        for n, loss in enumerate(losses)
    ]


def test_the_sample_has_each_once():
    losses, optimizers, schedules = zip(*compiled(), strict=True)
    flat = [name for loss in losses for name in ([loss] if isinstance(loss, str) else loss)]
    assert set(flat) == set(LOSSES)
    assert set(optimizers) == set(OPTIMIZERS)
    assert set(schedules) == {None, *SCHEDULES}


@pytest.mark.parametrize(
    ("loss", "optimizer", "schedule"),
    compiled(),
    ids=lambda value: value if isinstance(value, str) else "-".join(value or ["constant"]),
)
def test_losses_optimizers_schedules(loss, optimizer, schedule, folder):
    check(
        parts.network_to_compile,
        folder,
        loss=tuple(loss) if isinstance(loss, list) else loss,
        optimizer=optimizer,
        schedule=schedule,
    )


SPARSE = [name for name in METRICS if "Sparse" in name]
OF_ROWS = [name for name in METRICS if name not in SPARSE]


@pytest.mark.parametrize("names", [*cases(OF_ROWS), tuple(SPARSE)], ids="-".join)
def test_metrics(names, folder):
    loss = "SparseCategoricalCrossentropy" if names[0] in SPARSE else "MeanSquaredError"
    check(parts.network_to_compile, folder, metrics=names, loss=loss)


LOAD = """
import pathlib, pickle, sys
import numpy as np
for path in pathlib.Path(sys.argv[1]).iterdir():
    fitted, X, expected = pickle.loads(path.read_bytes())
    np.testing.assert_allclose(fitted._predict_raw(X), expected, rtol=1e-5, atol=1e-5)
"""


@pytest.mark.slow
def test_a_fresh_process_predicts_the_same(folder):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("layer", ["Dense", "IntegerLookup"])
def test_models_of_earlier_fits_are_freed(layer):
    """By a program, and by Keras's own loop."""
    find_shapes([layer])
    models = []
    for _ in range(3):
        ours, y = estimator(parts.network_of_layers, names=(layer,))
        models.append(weakref.ref(ours.set_params(epochs=1).fit(X, y).model_))
    del ours
    gc.collect()
    keras.backend.clear_session(free_memory=False)
    assert [model() for model in models] == [None] * 3
