"""Each benchmark script can be read with the package as it is: a run may take an hour."""

import os
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(
    path.relative_to(BENCHMARKS).as_posix()
    for path in BENCHMARKS.rglob("*.py")
    if not path.name.startswith("_") and "__main__" in path.read_text()
)


def test_there_are_scripts():
    assert {"overhead.py", "real/run.py", "networks/keras_fit.py"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_a_script_imports_is_there(script, monkeypatch):
    is_of_keras = script.startswith("networks/")
    if is_of_keras and find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    path = BENCHMARKS / script
    known = set(sys.modules)
    monkeypatch.setattr(os, "environ", os.environ.copy())  # some set the number of threads
    for folder in (BENCHMARKS, path.parent):
        monkeypatch.syspath_prepend(str(folder))
    try:
        runpy.run_path(str(path), run_name="read")
    except ModuleNotFoundError as error:  # of a peer
        if find_spec((error.name or "").split(".")[0]) is not None:
            raise
        pytest.skip(f"{error.name} is not installed")
    finally:
        for name in set(sys.modules) - known:
            if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
