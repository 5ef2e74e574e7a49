"""Every condition that is known: two values of the parameter, where it has an effect and where not.

The reference is the estimator itself. All combinations that a table calls without effect are
fitted: the predictions must be equal, bit by bit (of Keras, to 32 bits). And for each entry there
is a setting in which the same two values give other predictions, or the entry says nothing.
"""

from __future__ import annotations

import importlib
import warnings
from itertools import product

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import make_classification
from sklearn.utils._param_validation import InvalidParameterError

from sktune.space._conditions._tables import KNOWN, NEEDED
from tests.space._conditions._fits import COMPANIONS, FITS

X, LABELS = make_classification(60, 6, n_informative=4, random_state=0)
X = np.abs(X) + 0.01 * X  # chi2 kernels take no negative numbers
TARGET = X @ np.arange(1.0, 7.0) + 0.5 * LABELS + 0.1

ENTRIES = [
    pytest.param(
        path,
        name,
        id=f"{path}.{name}",
        marks=[pytest.mark.slow] if path.startswith("sktune.keras.") else [],
    )
    for path in sorted(KNOWN)
    for name in sorted(KNOWN[path])
    if not name.startswith("optimizer__")  # see test_keras_optimizers.py
]


def load(path):
    """The class, where its package is installed."""
    module, _, name = path.rpartition(".")
    if module == "sktune.keras":
        pytest.importorskip("tensorflow", reason="an optional package")
    elif not module.startswith("sklearn."):
        pytest.importorskip(module, reason="an optional package")
    return getattr(importlib.import_module(module), name)


def skip_if_newer(kind, names):
    """Skip where this release of scikit-learn does not have all of the parameters."""
    if kind.__module__.startswith("sklearn.") and (unknown := names - kind().get_params().keys()):
        pytest.skip(f"this release has no {sorted(unknown)} of {kind.__name__}")


def outcome(kind, params):
    """What a fitted estimator predicts, or makes of X."""
    estimator = kind(**params)
    rows = X @ X.T if "precomputed" in params.values() else X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = LABELS if is_classifier(estimator) else TARGET
        estimator.fit(rows, y)
        for method in ("predict_proba", "decision_function"):
            if hasattr(estimator, method):
                return np.asarray(getattr(estimator, method)(rows))
        is_predictor = is_classifier(estimator) or is_regressor(estimator)
        return np.asarray((estimator.predict if is_predictor else estimator.transform)(rows))


def is_refused_or(expected, kind, params):
    """Whether a setting is an error, or gives what is expected."""
    try:
        return np.array_equal(outcome(kind, params), expected)
    except Exception:  # CatBoost has errors of its own
        return True


def without_effect(path, name):
    """Settings of the parents in which a parameter is said to have no effect."""
    known = KNOWN[path][name]
    clauses = [known] if isinstance(known, dict) else known
    ways = [
        [(parent, value) for parent, unless in clause.items() for value in unless.values]
        for clause in clauses
    ]
    for way in product(*ways):
        where = {}
        for parent, value in way:
            where |= {**COMPANIONS.get((parent, value), {}), parent: value}
        yield where


@pytest.mark.parametrize(("path", "name"), ENTRIES)
def test_a_parameter_of_the_table_has_no_effect(path, name):
    kind = load(path)
    base, entries = FITS[path]
    (first, second), active = entries[name]
    skip_if_newer(kind, {name, *active})
    needed = NEEDED.get(path, {})
    # Keras rounds to 32 bits, and compiled in another way it rounds otherwise.
    rtol = 1e-5 if path.startswith("sktune.keras.") else 0.0
    n_tried = 0
    for where in without_effect(path, name):
        params = {**base, **where}
        try:
            if name in needed:
                expected = outcome(kind, {**params, name: needed[name]})
                assert is_refused_or(expected, kind, {**params, name: first})
            else:
                found = [outcome(kind, {**params, name: value}) for value in (first, second)]
                np.testing.assert_allclose(
                    *found, rtol=rtol, err_msg=f"{name} has an effect at {where}"
                )
        except InvalidParameterError:  # no value of this release
            continue
        n_tried += 1
    assert n_tried
    one, other = (outcome(kind, {**base, **active, name: value}) for value in (first, second))
    assert not np.array_equal(one, other), f"{name} has no effect at {active}"


# Where a solver or a stopping rule is chosen by the data, the parameter counts as active.
UNCERTAIN = {"auto"}


def options_of(kind, parent):
    """The names that an estimator of scikit-learn takes for a parameter; empty if it has none."""
    allowed = getattr(kind, "_parameter_constraints", {}).get(parent, [])
    return sorted(
        name
        for one in (allowed if isinstance(allowed, list) else [])
        for name in getattr(one, "options", ())
        if isinstance(name, str)
    )


@pytest.mark.parametrize(
    ("path", "name"), [entry for entry in ENTRIES if entry.values[0].startswith("sklearn.")]
)
def test_every_name_under_which_a_parameter_has_no_effect_is_in_the_table(path, name):
    kind = load(path)
    base, entries = FITS[path]
    (first, second), active = entries[name]
    skip_if_newer(kind, {name, *active})
    known = KNOWN[path][name]
    for clause in [known] if isinstance(known, dict) else known:
        for parent, has_effect in clause.items():
            for value in set(filter(has_effect, options_of(kind, parent))) - UNCERTAIN:
                params = {**base, **active, parent: value}
                try:
                    found = [outcome(kind, {**params, name: v}) for v in (first, second)]
                except Exception:  # not with these data
                    continue
                assert not np.array_equal(*found), f"{name} has no effect at {parent}={value!r}"
