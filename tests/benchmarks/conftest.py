"""Modules of the benchmarks, which are scripts and no package."""

import sys
from pathlib import Path

import pytest

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
