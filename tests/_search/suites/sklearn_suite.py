"""Load scikit-learn's installed tests with our searches in the place of its own.

The tests are read from the installed release, so each new release brings its new tests.
`EXCLUDED` is the only place where one is left out, with the reason.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
import sklearn.model_selection
from sklearn.model_selection import ParameterGrid
from sklearn.utils.fixes import parse_version

SEARCH_TESTS = "sklearn.model_selection.tests.test_search"
ROUTING_TESTS = "sklearn.tests.test_metaestimators_metadata_routing"

_NO_SEARCH = "tests ParameterGrid, ParameterSampler or another helper, no search"
_BASE_CLASS = "tests subclasses of BaseSearchCV that it defines itself"

EXCLUDED = {
    "test_parameter_grid": _NO_SEARCH,
    "test_validate_parameter_input": _NO_SEARCH,
    "test_param_sampler": _NO_SEARCH,
    "test_parameters_sampler_replacement": _NO_SEARCH,
    "test_yield_masked_array_for_each_param": _NO_SEARCH,
    "test_yield_masked_array_no_runtime_warning": _NO_SEARCH,
    "test__custom_fit_no_run_search": _BASE_CLASS,
    "test_custom_run_search": (
        "compares every public attribute with those of a search written against "
        "_run_search; ours has more of them (optimizer_, stop_reason_, ...)"
    ),
    "test_grid_search_bad_param_grid": (
        "checks the wording of ParameterGrid's errors; ours name the parameter, what it was "
        "and what it may be (tests/space/test_parse.py)"
    ),
    "test_search_with_2d_array": (
        "expects the exact settings that ParameterSampler draws from one seed; another "
        "optimiser draws others"
    ),
}

if parse_version(sklearn.__version__) < parse_version("1.9"):
    EXCLUDED["test_random_search_bad_cv"] = (
        'checks the wording of one message ("returned inconsistent results"), which 1.9 '
        "changed to the one that we give"
    )


def load(name: str, search_class: type) -> ModuleType:
    """Import a test module of scikit-learn anew, with `search_class` for its searches.

    ``GridSearchCV`` becomes a search that may try as many settings as the grid has.
    """

    def make_grid_search(estimator: Any, param_grid: Any, **kwargs: Any) -> Any:
        try:
            n_settings = len(ParameterGrid(param_grid))
        except (TypeError, ValueError):  # a bad grid: its complaint is what is tested
            n_settings = 1
        return search_class(estimator, param_grid, n_iter=max(n_settings, 1), **kwargs)

    def make_random_search(estimator: Any, param_distributions: Any, **kwargs: Any) -> Any:
        return search_class(estimator, param_distributions, **kwargs)

    make_grid_search.__name__ = f"{search_class.__name__}_for_GridSearchCV"
    make_random_search.__name__ = f"{search_class.__name__}_for_RandomizedSearchCV"
    installed = importlib.util.find_spec(name)
    if installed is None or installed.origin is None:
        pytest.fail(f"{name} is not installed with this scikit-learn")
    spec = importlib.util.spec_from_file_location(
        f"{name.rpartition('.')[0]}.{search_class.__name__}_{name.rpartition('.')[2]}",
        installed.origin,
    )
    if spec is None or spec.loader is None:
        pytest.fail(f"{name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # so that its estimators can be pickled
    with mock.patch.multiple(
        sklearn.model_selection,
        GridSearchCV=make_grid_search,
        RandomizedSearchCV=make_random_search,
    ):
        spec.loader.exec_module(module)
    return module


def search_tests(search_class: type) -> dict[str, Callable[..., None]]:
    """scikit-learn's tests of searches, by name, without those in `EXCLUDED`."""
    module = load(SEARCH_TESTS, search_class)
    return {
        name: test
        for name, test in vars(module).items()
        if name.startswith("test") and name not in EXCLUDED
    }


def routing_tests(search_class: type) -> dict[str, Callable[..., None]]:
    """scikit-learn's metadata-routing tests, by name, for our searches alone."""
    module = load(ROUTING_TESTS, search_class)
    tests = {}
    for name, test in vars(module).items():
        marks = getattr(test, "pytestmark", [])
        ours = [
            mark for mark in marks if mark.name == "parametrize" and "metaestimator" in mark.args
        ]
        if not name.startswith("test") or not ours:
            continue
        rows = [
            row
            for row in ours[0].args[1]
            if row["metaestimator"].__name__.startswith(search_class.__name__)
        ]
        ids = [row["metaestimator"].__name__ for row in rows]
        test.pytestmark = [mark for mark in marks if mark is not ours[0]]
        tests[name] = pytest.mark.slow(
            pytest.mark.parametrize("metaestimator", rows, ids=ids)(test)
        )
    return tests
