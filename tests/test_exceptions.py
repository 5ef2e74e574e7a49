"""Errors are what a caller would expect, and the tree in the docstring is the true one."""

import inspect
import pickle
import re

import pytest

from sktune import exceptions

ALL = [getattr(exceptions, name) for name in exceptions.__all__]


@pytest.mark.parametrize(
    "error, builtin",
    [
        (exceptions.InvalidSpaceError, ValueError),
        (exceptions.InvalidSpaceTypeError, TypeError),
        (exceptions.InvalidSpaceTypeError, ValueError),
        (exceptions.EmptySpaceError, ValueError),
        (exceptions.ImageFileError, ValueError),
        (exceptions.MissingDependencyError, ImportError),
        (exceptions.SktuneWarning, UserWarning),
    ],
)
def test_own_errors_are_caught_as_builtin_ones(error, builtin):
    assert issubclass(error, builtin)


@pytest.mark.parametrize("error", ALL)
def test_each_has_the_base_of_its_kind(error):
    base = exceptions.SktuneWarning if issubclass(error, Warning) else exceptions.SktuneError
    assert issubclass(error, base)
    assert inspect.getdoc(error)


@pytest.mark.parametrize("error", ALL)
def test_they_come_back_from_a_worker(error):
    loaded = pickle.loads(pickle.dumps(error("what was wrong")))
    assert type(loaded) is error
    assert str(loaded) == "what was wrong"


def test_tree_in_the_docstring():
    own_bases = (exceptions.SktuneError, exceptions.SktuneWarning)
    expected = {}
    for error in ALL:
        if error not in own_bases:
            others = [base for base in error.__bases__ if base not in own_bases]
            expected[error.__name__] = {base.__name__ for base in others}
    lines = re.findall(r"─ (\w+) *(?:\((.*)\))?$", exceptions.__doc__, flags=re.MULTILINE)
    drawn = {name: set(filter(None, bases.split(", "))) for name, bases in lines}
    assert drawn.pop("SktuneError") == drawn.pop("SktuneWarning") == set()
    assert drawn == expected
