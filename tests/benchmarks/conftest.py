"""Modules of the benchmarks, which are scripts and no package."""

import sys
from pathlib import Path

import pytest
import sklearn

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def add_folders(monkeypatch):
    """Put folders of the benchmarks first on the path; what is imported is not left behind.

    Scripts have modules of the same names.
    """
    known = set(sys.modules)

    def add(*folders):
        for folder in folders:
            monkeypatch.syspath_prepend(str(BENCHMARKS / folder))

    yield add
    for name in set(sys.modules) - known:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def settings_of_sklearn_stay():
    """Whatever a script sets for itself would hold in all later tests of the same process."""
    before = sklearn.get_config()
    yield
    after = sklearn.get_config()
    sklearn.set_config(**before)
    assert after == before
