"""Optional dependencies: the module itself, or the command that installs it."""

import json.decoder
import sys

import pytest

from sktune._optional import require
from sktune.exceptions import MissingDependencyError


def test_a_module_that_is_there():
    assert require("json.decoder", "plot", "a test") is json.decoder


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.inside"])
def test_a_module_that_is_not_installed(module):
    with pytest.raises(MissingDependencyError) as caught:
        require(module, "plot", "TraceDisplay.plot")
    message = str(caught.value)
    assert message.startswith("TraceDisplay.plot needs no_such_package, which could not")
    assert message.endswith('Install it, in a checkout of sktune, with: pip install ".[plot]"')
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_a_module_that_cannot_be_imported(monkeypatch, tmp_path):
    (tmp_path / "sktune_test_broken.py").write_text("raise ImportError('libfoo is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingDependencyError, match=r"\(libfoo is missing\)"):
        require("sktune_test_broken", "plot", "a test")


def test_a_module_that_is_blocked(monkeypatch):
    monkeypatch.setitem(sys.modules, "json.decoder", None)
    with pytest.raises(MissingDependencyError, match="a test needs json"):
        require("json.decoder", "plot", "a test")


def test_other_errors_of_a_module_are_its_own(monkeypatch, tmp_path):
    (tmp_path / "sktune_test_faulty.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ZeroDivisionError):
        require("sktune_test_faulty", "plot", "a test")
