"""``SettingKeys``: hashable names of settings, the same for equal ones of two branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ._dimensions._base import Dimension, ListedDimension, OrdinalDimension, as_float
from ._hashing import key_of
from ._same import is_same

# Settings that agree to so many digits are one: a value that went through the cube and back
# may have lost the last of its 16.
KEY_DIGITS = 12


# No attribute, for it would be saved with the space.
_places_of: WeakKeyDictionary[SettingKeys, dict[str, dict[Any, int]]] = WeakKeyDictionary()


class SettingKeys:
    """Names of the settings of a space with branches.

    Parameters
    ----------
    branches : sequence of dict of str to Dimension
        The parameters of each branch, by name.
    """

    def __init__(self, branches: Sequence[Mapping[str, Dimension]]) -> None:
        self._branches = branches

    def key(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        """Name of a setting."""
        return tuple((name, self._token(name, value)) for name, value in params.items())

    def _token(self, name: str, value: Any) -> Any:
        """Hashable stand-in of a value: equal for values that are the same."""
        if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
            if isinstance(value, Integral):
                return True, int(value)
            # As text, for nan is not equal to itself; + 0.0 makes -0.0 the 0.0 it equals.
            return False, f"{as_float(value) + 0.0:.{KEY_DIGITS}g}"
        places = self._places(name)
        if (key := key_of(value)) in places:
            return places[key]
        return next(i for i, other in enumerate(self._choices(name)) if is_same(value, other))

    def _places(self, name: str) -> dict[Any, int]:
        """Where the choices of a parameter stand that have a key, made when it is first needed."""
        places_by_name = _places_of.setdefault(self, {})
        if name not in places_by_name:
            places: dict[Any, int] = {}
            for place, value in enumerate(self._choices(name)):
                if (key := key_of(value)) is not None:
                    places.setdefault(key, place)
            places_by_name[name] = places
        return places_by_name[name]

    def _choices(self, name: str) -> Iterable[Any]:
        """The choices of all branches that are no numbers."""
        for branch in self._branches:
            dimension = branch.get(name)
            if isinstance(dimension, ListedDimension) and not isinstance(
                dimension, OrdinalDimension
            ):
                yield from dimension.values
