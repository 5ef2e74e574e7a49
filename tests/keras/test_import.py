"""`sktune.keras` is imported without a word, or with a word on what is missing."""

import importlib
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from sktune.exceptions import MissingDependencyError

needs_tensorflow = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="the extra keras is not installed"
)

FIT = """
import warnings
import numpy as np

def fit(seed):
    from sktune.keras import CNNClassifier
    X, y = np.eye(16), np.arange(16) % 2
    net = CNNClassifier(filters=2, dense_units=2, epochs=1, batch_size=16, random_state=seed)
    return net.fit(X, y).predict(X).shape

"""

# Seven fits: TensorFlow warns of too much tracing after five.
IN_PROCESS = FIT + "print([fit(seed) for seed in range(7)][0])"

# Nothing of sktune is imported in the parent, and TensorFlow in the workers only.
IN_WORKERS = FIT + (
    "from joblib import Parallel, delayed\n"
    "print(Parallel(n_jobs=2)(delayed(fit)(seed) for seed in range(2))[0])"
)


def run(code):
    kept = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@needs_tensorflow
@pytest.mark.slow
@pytest.mark.parametrize("code", [IN_PROCESS, IN_WORKERS], ids=["process", "loky workers"])
def test_no_chatter_in_the_terminal(code):
    done = run(code)
    assert done.stderr == ""
    assert done.stdout == "(16,)\n"


OTHERS = """
import os, sys

class Talk:
    def find_spec(self, name, path, target=None):
        if name == "tensorflow":
            os.write(2, b"a word of another thread\\n")

sys.meta_path.insert(0, Talk())
import sktune.keras
"""

KERAS = """
import keras
from keras import losses, metrics, optimizers

def look():
    classes = (keras.Model, losses.Loss, metrics.Metric, optimizers.Optimizer)
    return [(cls.__reduce__, getattr(cls, "__deepcopy__", None)) for cls in classes]

before = look()
import sktune.keras, sys
print(look() == before, "scikeras" in sys.modules)
"""


@needs_tensorflow
@pytest.mark.slow
def test_lines_of_others_get_through():
    assert run(OTHERS).stderr == "a word of another thread\n"


@needs_tensorflow
@pytest.mark.slow
def test_scikeras_leaves_keras_as_it_is():
    assert run(KERAS).stdout == "True True\n"


def hide(monkeypatch, module):
    """Make a module look as if it were not installed, and forget what is imported."""
    for name in list(sys.modules):
        if name.partition(".")[0] == module or name.startswith("sktune.keras"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)


def test_the_extra_to_install_is_named(monkeypatch):
    hide(monkeypatch, "tensorflow")
    with pytest.raises(MissingDependencyError, match=r'pip install "\.\[keras\]"'):
        importlib.import_module("sktune.keras")


def test_a_python_without_tensorflow_is_named(monkeypatch):
    hide(monkeypatch, "tensorflow")
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    with pytest.raises(MissingDependencyError, match=r"3\.14: use Python 3\.11, 3\.12 or 3\.13"):
        importlib.import_module("sktune.keras")
