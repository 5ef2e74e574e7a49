"""In a fork of a process with TensorFlow the estimators say so, where they would hang."""

import json
import os
import subprocess
import sys

import pytest

from sktune.keras import CNNClassifier
from sktune.keras._training import _fork

# Much longer than it takes: a program that hangs is ended then.
TIMEOUT = 120

# A program of its own: forking the process of the tests is nothing to try.
PROGRAM = """
import json, multiprocessing, os, sys
import joblib
import numpy as np
from sklearn.model_selection import GridSearchCV
from sktune import BayesSearchCV
from sktune.keras import CNNClassifier

X, y = np.eye(16), np.arange(16) % 2

def in_pool(call):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply_async(call, (X, y)).get()

def search(make, **settings):
    with joblib.parallel_config("multiprocessing", n_jobs=2):
        return make(net, {"epochs": [1, 2]}, cv=2, error_score="raise", **settings).fit(X, y)

def predict(X, y):
    return net.predict(X)

net = CNNClassifier(filters=2, dense_units=2, epochs=1, batch_size=16, random_state=0)
calls = {
    "fit": lambda: in_pool(net.fit),
    "partial_fit": lambda: in_pool(net.partial_fit),
    "predict": lambda: in_pool(predict),
    "GridSearchCV": lambda: search(GridSearchCV),
    "BayesSearchCV": lambda: search(BayesSearchCV, n_iter=2),
}
said = {}
for name, call in calls.items():
    try:
        call()
    except RuntimeError as error:
        said[name] = str(error)
    net.fit(X, y)  # from now on TensorFlow is not only loaded, but has run
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("call", ["fit", "partial_fit", "predict", "GridSearchCV", "BayesSearchCV"])
def test_a_fork_raises_an_error_that_says_what_to_do(said, call):
    assert "this process was forked from one that has loaded it" in said[call]
    assert 'backend="threading"' in said[call]


def test_the_process_that_loaded_tensorflow_is_no_fork():
    _fork.check_not_forked()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_check_for_a_fork_comes_first(monkeypatch, method):
    monkeypatch.setattr(_fork, "_LOADED_IN", -1)
    with pytest.raises(RuntimeError, match="forked"):
        getattr(CNNClassifier(), method)(None, None)
