"""What is set for the calling thread holds in the workers of a search."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from sktune import BayesSearchCV
from sktune.keras import KerasRegressor
from sktune.keras._training._thread_state import ThreadState

X = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
Y = X[:, 0]


def double(x):
    return 2 * x


def seen():
    """Return what this thread has set."""
    return {
        "policy": keras.config.dtype_policy().name,
        "scope": keras.saving.get_registered_object("sktune_double") is not None,
        "device": tf.zeros(()).device,
        "flash": keras.config.is_flash_attention_enabled(),
        "unsafe": keras.src.saving.serialization_lib.in_safe_mode(),
        "filtering": keras.config.is_traceback_filtering_enabled(),
    }


@pytest.fixture
def settings():
    """The calling thread with nothing as it is by itself."""
    before = ThreadState.of_this_thread()
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.config.disable_flash_attention()
    keras.config.disable_traceback_filtering()
    keras.config.enable_unsafe_deserialization()
    with keras.saving.custom_object_scope({"sktune_double": double}), tf.device("CPU:0"):
        yield
    before._set()


def in_thread(function):
    """Return what a function returns in a new thread."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_another_thread_is_in_the_same_state(settings):
    state = pickle.loads(pickle.dumps(ThreadState.of_this_thread()))

    def enter():
        before = seen()
        with state():
            inside = seen()
        return before, inside, seen()

    before, inside, after = in_thread(enter)
    assert inside == seen()
    assert before == after
    assert before != inside


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_folds_and_refit_are_trained_alike(settings, n_jobs):
    policies = []

    def network(meta, units=2):
        named = keras.saving.get_registered_object("sktune_double")
        model = keras.Sequential([keras.layers.Dense(units, named), keras.layers.Dense(1)])
        policies.append((model.layers[0].dtype_policy.name, model.layers[0].activation))
        return model

    search = BayesSearchCV(
        KerasRegressor(network, loss="mse", random_state=0),
        {"model__units": [2, 3]},
        n_iter=2,
        cv=2,
        n_jobs=n_jobs,
        error_score="raise",
        random_state=0,
    )
    search.fit(X, Y)
    assert set(policies) == {("mixed_bfloat16", double)}


# A function registered in __main__, a float and a layout of images that only this process has.
PROGRAM = """
import json
import numpy as np
from joblib import parallel_config
from sktune import BayesSearchCV
from sktune.keras import KerasRegressor
import keras

@keras.saving.register_keras_serializable("mine")
def double(x):
    return 2 * x

def network(meta, units=2):
    import keras
    assert keras.config.floatx() == "float64"
    assert keras.config.image_data_format() == "channels_first"
    assert keras.config.epsilon() == 1e-3
    named = keras.saving.get_registered_object("mine>double")
    assert named is not None
    return keras.Sequential([keras.layers.Dense(units, named), keras.layers.Dense(1)])

keras.config.set_floatx("float64")
keras.config.set_epsilon(1e-3)
keras.config.set_image_data_format("channels_first")
search = BayesSearchCV(
    KerasRegressor(network, loss="mse", random_state=0), {"model__units": [2, 3]}, n_iter=2, cv=2,
    error_score="raise", random_state=0,
)
X = np.random.default_rng(0).normal(size=(24, 3))
if __name__ == "__main__":
    with parallel_config("loky", n_jobs=2):
        print(json.dumps(search.fit(X, X[:, 0]).best_score_))
"""


@pytest.mark.slow
def test_processes_are_set_up_alike():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert np.isfinite(json.loads(done.stdout.splitlines()[-1]))
