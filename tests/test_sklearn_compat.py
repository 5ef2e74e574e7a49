"""Private names of scikit-learn: which of them a release has moved, and what they do for us."""

import ast
import importlib
import pickle
import re
import threading
import warnings
from importlib.util import find_spec
from numbers import Integral
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.linear_model import Ridge
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators
from sklearn.utils._param_validation import Interval, make_constraint
from sklearn.utils.fixes import parse_version

# Read, not imported: where a name has moved the package cannot be imported at all.
PACKAGE = Path(find_spec("sktune").origin).parent
TREE = ast.parse((PACKAGE / "_sklearn_compat.py").read_text("utf-8"))
NAMES = [
    (node.module, alias.name)
    for node in ast.walk(TREE)
    if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "sklearn"
    for alias in node.names
]
METHODS, OVERRIDDEN = (
    ast.literal_eval(node.value)
    for node in TREE.body
    if isinstance(node, ast.Assign) and node.targets[0].id.endswith("_METHODS")
)
VERSION = parse_version(sklearn.__version__)
HAS_FILTERS = parse_version("1.7") <= VERSION
HAS_CALLBACKS = parse_version("1.9") <= VERSION


def moved(module, name):
    """What to say where scikit-learn does not have a name any more; None where it has."""
    try:
        has_name = hasattr(importlib.import_module(module), name)
    except ImportError:
        has_name = False
    if not has_name:
        return f"scikit-learn {sklearn.__version__} has moved {module}.{name}"
    return None


@pytest.mark.parametrize("module, name", NAMES)
def test_name_is_where_we_take_it_from(module, name):
    assert moved(module, name) is None, moved(module, name)


@pytest.mark.parametrize("name", METHODS + OVERRIDDEN)
def test_method_of_searches_is_there(name):
    message = f"scikit-learn {sklearn.__version__} has moved BaseSearchCV.{name}"
    assert hasattr(RandomizedSearchCV, name), message


def test_method_list_is_what_our_searches_call():
    nodes = [
        node
        for file in (PACKAGE / "_search").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
    ]
    private = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "search")
        and re.match("_[a-z]", node.attr)
    }
    theirs = {name for name in private if hasattr(RandomizedSearchCV, name)}
    assert theirs - set(OVERRIDDEN) == set(METHODS)


@pytest.mark.parametrize(
    "module, name", [("sklearn.base", "_no_such"), ("sklearn._no_such_module", "clone")]
)
def test_a_moved_name_is_said_plainly(module, name):
    assert moved(module, name).endswith(f"has moved {module}.{name}")


# The caller's settings


def working_memory():
    return sklearn.get_config()["working_memory"]


def warn():
    warnings.warn("from a worker", UserWarning, stacklevel=1)


def outcome_of(function):
    """Its result or its error."""
    try:
        return function()
    except Exception as error:
        return error


def in_thread(function):
    """Outcome of a function in another thread."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(outcome_of(function)))
    thread.start()
    thread.join()
    return outcomes[0]


def in_loky(function):
    """Outcome of a function in another process."""
    with joblib.parallel_config("loky"):
        return joblib.Parallel(n_jobs=2)([joblib.delayed(outcome_of)(function)])[0]


@pytest.fixture
def with_caller_settings():
    return importlib.import_module("sktune._sklearn_compat").with_caller_settings


@pytest.fixture(params=[in_thread, pytest.param(in_loky, marks=pytest.mark.slow)])
def run_elsewhere(request):
    return request.param


def test_configuration_travels(run_elsewhere, with_caller_settings):
    default = sklearn.get_config()["working_memory"]
    with sklearn.config_context(working_memory=default + 7):
        function = with_caller_settings(working_memory)
        assert run_elsewhere(working_memory) == default  # not by itself
    assert run_elsewhere(function) == default + 7


@pytest.mark.skipif(not HAS_FILTERS, reason="scikit-learn 1.6 carries the configuration alone")
@pytest.mark.parametrize("action", ["error", "ignore"])
def test_warning_filters_travel(run_elsewhere, with_caller_settings, action):
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        function = with_caller_settings(warn)
    opposite = {"error": "ignore", "ignore": "error"}[action]
    with warnings.catch_warnings():
        warnings.simplefilter(opposite)  # of the thread that has moved on
        outcome = run_elsewhere(function)
    assert isinstance(outcome, UserWarning) == (action == "error")


# Callbacks

needs_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason="scikit-learn has callbacks since 1.9"
)


@pytest.fixture
def fitted():
    """A search with the results of an earlier fit, and its data."""
    from sktune import BayesSearchCV

    X, y = np.arange(40.0).reshape(-1, 1), np.arange(40.0) % 7
    search = BayesSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, n_iter=3, cv=2)
    return search.fit(X, y), X, y


def callbacks_of(search, X, y, max_folds=200):
    compat = importlib.import_module("sktune._sklearn_compat")
    callbacks = compat.FitCallbacks(search, X, y, {}).__enter__()
    with callbacks.search(max_folds):
        return callbacks


@needs_callbacks
def test_a_worker_does_not_get_an_earlier_fits_results(fitted):
    search, X, y = fitted
    search.cv_results_["params"] = ["x" * 1_000_000]
    arguments = callbacks_of(search, X, y).fold_arguments()
    assert arguments["caller"] is search  # in a thread nothing is copied
    pickled = pickle.dumps(arguments)
    assert len(pickled) < 50_000
    caller = pickle.loads(pickled)["caller"]
    assert type(caller) is type(search)
    assert caller.get_params(deep=False).keys() == search.get_params(deep=False).keys()
    assert not [name for name in vars(caller) if name.endswith("_")]
    assert hasattr(search, "cv_results_")
    assert hasattr(search, "best_estimator_")


@needs_callbacks
def test_folds_do_not_drag_the_data_or_one_another_along(fitted):
    search, _, _ = fitted
    X, y = np.zeros((100_000, 1)), np.zeros(100_000)
    callbacks = callbacks_of(search, X, y)
    sizes = [len(pickle.dumps(callbacks.fold_arguments())) for _ in range(100)]
    assert max(sizes) < 50_000
    assert max(sizes) - min(sizes) < 500


@needs_callbacks
def test_folds_are_numbered(fitted):
    callbacks = callbacks_of(*fitted)
    contexts = [callbacks.fold_arguments()["callback_ctx"] for _ in range(3)]
    assert [context._context.task_id for context in contexts] == [0, 1, 2]


def test_a_fold_needs_arguments_only_where_there_are_callbacks(fitted):
    assert bool(callbacks_of(*fitted).fold_arguments()) is HAS_CALLBACKS


def numbers_at_ends():
    """Each end of an interval that a class of scikit-learn states for a parameter."""
    for _, kind in all_estimators():
        for name, known in getattr(kind, "_parameter_constraints", {}).items():
            for interval in (c for c in known if isinstance(c, Interval)):
                for end in {interval.left, interval.right} - {None}:
                    if np.isfinite(end):
                        number = float(end) if not issubclass(interval.type, Integral) else int(end)
                        yield kind, name, known, number


def test_a_parameter_ends_where_scikit_learn_takes_nothing_beyond():
    from sktune._sklearn_compat import ends_at

    n_ends = 0
    for kind, name, known, number in numbers_at_ends():
        if not any(isinstance(c, Interval) and isinstance(number, c.type) for c in known):
            continue
        step = 1 if isinstance(number, int) else 1e-6
        intervals = [make_constraint(c) for c in known if isinstance(c, Interval)]
        beyond = [
            any(interval.is_satisfied_by(number + sign * step) for interval in intervals)
            for sign in (-1, 1)
        ]
        assert ends_at(object.__new__(kind), name, number) == (not all(beyond)), (
            kind,
            name,
            number,
        )
        n_ends += 1
    assert n_ends > 500


def test_ends_of_nested_and_unknown_parameters():
    from sktune._sklearn_compat import ends_at

    pipeline = make_pipeline(Ridge())
    assert ends_at(pipeline, "ridge__alpha", 0.0)
    assert not ends_at(pipeline, "ridge__alpha", 1.0)
    assert not ends_at(pipeline, "ridge__solver", 1.0)
    assert not ends_at(pipeline, "lasso__alpha", 0.0)
