"""Copies of losses, metrics and optimizers, which an estimator is given once and fits often.

Keras copies them through a file and by their configuration, which takes as long as a fit of a
small network and loses what the configuration does not have: ``exclude_from_weight_decay``.
"""

from __future__ import annotations

import copy
from typing import Any

import keras

from ._architecture import BOOKKEEPING

_PARTS = (keras.optimizers.Optimizer, keras.losses.Loss, keras.metrics.Metric)
_NUMBERS_AND_NAMES = (bool, int, float, str, type(None))
# It names variables by their ids.
_CACHE = "_exclude_from_weight_decay_cache"


def copy_part(part: Any) -> Any:
    """Return a new loss, metric or optimizer, also where a list or dict holds it."""
    if isinstance(part, dict):
        return {name: copy_part(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [copy_part(value) for value in part]
    if isinstance(part, keras.losses.Loss):
        copied = object.__new__(type(part))  # it has no variables: its attributes are all
        vars(copied).update(vars(part))
        return copied
    if not isinstance(part, _PARTS):
        return copy.deepcopy(part)
    copied = type(part).from_config(part.get_config())
    for name, value in _attributes_beyond(part, copied).items():
        setattr(copied, name, copy.deepcopy(value))
    return copied


def holds_part(value: Any) -> bool:
    """Tell whether a parameter is, or has in it, a loss, metric or optimizer."""
    if isinstance(value, dict):
        return any(map(holds_part, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_part, value))
    return isinstance(value, _PARTS)


def _attributes_beyond(part: Any, copied: Any) -> dict[str, Any]:
    """Return the attributes that a copy by configuration has not, or has otherwise."""
    own = vars(copied)
    return {
        name: value
        for name, value in vars(part).items()
        if name not in BOOKKEEPING
        and name != _CACHE
        and (name not in own or (isinstance(value, _NUMBERS_AND_NAMES) and value != own[name]))
        and not any(isinstance(leaf, keras.Variable) for leaf in keras.tree.flatten(value))
    }
