"""Modules of the benchmarks, which are scripts and no package."""

import sys
from pathlib import Path
from types import FunctionType

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


def state():
    """Settings of scikit-learn, and functions, constants and tables of sktune's modules."""
    found = sklearn.get_config()
    for module in [name for name in list(sys.modules) if name.partition(".")[0] == "sktune"]:
        for name, value in vars(sys.modules[module]).items():
            if isinstance(value, FunctionType) or name.isupper():
                found[f"{module}.{name}"] = value
            if name.isupper() and isinstance(value, dict):
                found[f"{module}.{name} of {len(value)}"] = value
                found |= {f"{module}.{name}[{key!r}]": item for key, item in value.items()}
    return found


@pytest.fixture(autouse=True)
def what_a_script_changes_ends_with_it():
    """Otherwise it would hold in all later tests of the same process."""
    before = state()
    yield
    after = state()
    sklearn.set_config(**{name: before[name] for name in sklearn.get_config()})
    assert [name for name in before if after.get(name) is not before[name]] == []
