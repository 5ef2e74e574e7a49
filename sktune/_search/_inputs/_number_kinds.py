"""Whether an int and the float that equals it mean the same to a parameter.

Often they do not: one tree feature is ``max_features=1``, all of them are ``max_features=1.0``.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from ..._sklearn_compat import met_constraints


def int_means_float(
    estimator: Any, params: Mapping[str, Any], name: str, value: Any
) -> bool | None:
    """Whether a value means the same as int and as float.

    Parameters
    ----------
    estimator : estimator
        Read only.
    params : dict
        All parameters of `estimator`, nested ones too.
    name : str
        Name of the parameter; the estimator that it belongs to decides.
    value : object
        Anything; a value that is not a whole number has no counterpart: False.

    Returns
    -------
    bool or None
        False if different constraints of the estimator allow the two, such as those of a count and
        of a share, or if none allows one of them. None: not known, the estimator has no
        constraints.
    """
    if isinstance(value, bool) or not isinstance(value, Integral | float | np.floating):
        return False
    try:
        as_int, as_float = int(value), float(value)
    except (OverflowError, ValueError):  # beyond all floats; inf and nan
        return False
    if as_int != as_float:
        return False
    prefix, _, parameter = name.rpartition("__")
    owner = params.get(prefix) if prefix else estimator
    met = met_constraints(owner, parameter, as_int)
    return None if met is None else bool(met) and met == met_constraints(owner, parameter, as_float)
