"""The memory of GPUs, on machines that have none: TensorFlow's functions are stood in for."""

import os
import subprocess
import sys

import pytest
import tensorflow as tf

import sktune.keras
from sktune.keras import set_gpu_memory
from sktune.keras._training import _gpu

GPUS = ["first GPU", "second GPU"]
VARIABLES = ["TF_FORCE_GPU_ALLOW_GROWTH", "SKTUNE_GPU_MEMORY_LIMIT_MB"]


class FakeGPUs:
    """Remembers what TensorFlow was told of them."""

    def __init__(self):
        self.growth, self.limits, self.error = {}, {}, None

    def set_memory_growth(self, gpu, enable):
        if self.error:
            raise self.error
        self.growth[gpu] = enable

    def set_limit(self, gpu, devices):
        if self.error:
            raise self.error
        self.limits[gpu] = [device.memory_limit for device in devices]


@pytest.fixture
def environment(monkeypatch):
    """The environment, put back afterwards, without the variables that matter here."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for name in VARIABLES:
        os.environ.pop(name, None)
    return os.environ


@pytest.fixture
def gpus(environment, monkeypatch):
    fakes = FakeGPUs()
    monkeypatch.setattr(
        tf.config, "list_physical_devices", lambda kind: GPUS[: 2 * (kind == "GPU")]
    )
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", fakes.set_memory_growth)
    monkeypatch.setattr(tf.config, "set_logical_device_configuration", fakes.set_limit)
    return fakes


def told(environment):
    """What workers find in their environment."""
    return {name: environment[name] for name in VARIABLES if name in environment}


def test_growth(gpus, environment):
    set_gpu_memory()
    assert gpus.growth == dict.fromkeys(GPUS, True)
    assert not gpus.limits
    assert told(environment) == {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}


@pytest.mark.parametrize("limit_mb", [2048, 1500.5])
def test_limit(gpus, environment, limit_mb):
    set_gpu_memory(limit_mb)
    assert gpus.limits == {gpu: [limit_mb] for gpu in GPUS}
    assert not gpus.growth
    assert float(told(environment)["SKTUNE_GPU_MEMORY_LIMIT_MB"]) == limit_mb


@pytest.mark.parametrize("limit_mb", [2048, 123456.75])
def test_a_worker_takes_over_the_limit(gpus, limit_mb):
    set_gpu_memory(limit_mb)
    gpus.limits.clear()
    _gpu.follow_environment()
    assert gpus.limits == {gpu: [limit_mb] for gpu in GPUS}


def test_nothing_in_the_environment(gpus, environment):
    _gpu.follow_environment()
    assert not gpus.limits
    assert not gpus.growth
    assert not told(environment)


@pytest.mark.parametrize("limit_mb", [None, 2048])
def test_without_a_gpu_nothing_changes(environment, limit_mb):
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    set_gpu_memory(limit_mb)
    assert not told(environment)


@pytest.mark.parametrize("limit_mb", [0, -1, True, "2048", float("nan"), float("inf")])
def test_limits_that_are_refused(gpus, environment, limit_mb):
    with pytest.raises(ValueError, match=r"limit_mb must be a positive number of MB. Got"):
        set_gpu_memory(limit_mb)
    assert not gpus.limits
    assert not told(environment)


@pytest.mark.parametrize("limit_mb", [None, 2048])
@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_memory_cannot_be_set_after_the_first_fit(gpus, environment, limit_mb, kind):
    gpus.error = kind("cannot be modified after being initialized")
    with pytest.raises(RuntimeError, match=r"before the first fit.*after being initialized"):
        set_gpu_memory(limit_mb)
    assert not told(environment)


def test_public_home():
    assert "set_gpu_memory" in sktune.keras.__all__
    assert set_gpu_memory.__module__ == "sktune.keras"


# A process that imports the package, as a worker does

IMPORT = """
import tensorflow as tf
tf.config.list_physical_devices = lambda kind: ["GPU"]
tf.config.set_logical_device_configuration = lambda gpu, to: print(gpu, to[0].memory_limit)
import sktune.keras
"""


def run(code, **variables):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables},
    )


@pytest.mark.slow
def test_the_import_follows_the_environment():
    assert run(IMPORT, SKTUNE_GPU_MEMORY_LIMIT_MB="1024").stdout == "GPU 1024.0\n"


@pytest.mark.slow
def test_a_variable_that_is_no_number():
    done = run("import sktune.keras", SKTUNE_GPU_MEMORY_LIMIT_MB="much")
    assert "SKTUNE_GPU_MEMORY_LIMIT_MB must be a positive number of MB. Got 'much'" in done.stderr
