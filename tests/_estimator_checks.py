"""scikit-learn's estimator checks under names that are the same in every process."""

import re
from functools import wraps

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

ADDRESS = re.compile(r"at0x[0-9a-f]+")


@wraps(parametrize_with_checks)
def parametrize_with_named_checks(*args, **kwargs):
    """As ``parametrize_with_checks``, without the addresses that reprs of estimators hold.

    Workers that share a test run must collect the same names.
    """
    mark = parametrize_with_checks(*args, **kwargs)
    name_of = mark.kwargs["ids"]
    ids = {"ids": lambda value: ADDRESS.sub("", name_of(value))}
    return pytest.mark.parametrize(*mark.args, **(mark.kwargs | ids))
