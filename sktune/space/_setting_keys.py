"""``SettingKeys``: hashable keys of settings, the same for equal settings of two branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ._dimensions._base import Dimension, ListedDimension, OrdinalDimension, as_float
from ._dimensions._hashing import key_of
from ._same import is_same

# Settings that agree to so many digits are the same: a value that went through the cube and back
# may differ in the last of its 16 digits.
KEY_DIGITS = 12


# Not an attribute, which would be pickled with the space.
_places_of: WeakKeyDictionary[SettingKeys, dict[str, dict[Any, int]]] = WeakKeyDictionary()


class SettingKeys:
    """Keys of the settings of a space with branches.

    Parameters
    ----------
    branches : sequence of dict of str to Dimension
        The parameters of each branch, by name.
    """

    def __init__(self, branches: Sequence[Mapping[str, Dimension]]) -> None:
        self._branches = branches

    def key(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        """Key of a setting."""
        return tuple((name, self._token(name, value)) for name, value in params.items())

    def _token(self, name: str, value: Any) -> Any:
        """Hashable token of a value, equal for values that are the same."""
        if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
            if isinstance(value, Integral):
                return True, int(value)
            # As text, because nan is not equal to itself; + 0.0 turns -0.0 into 0.0.
            return False, f"{as_float(value) + 0.0:.{KEY_DIGITS}g}"
        places = self._places(name)
        if (key := key_of(value)) in places:
            return places[key]
        return next(i for i, other in enumerate(self._choices(name)) if is_same(value, other))

    def _places(self, name: str) -> dict[Any, int]:
        """Indices of the choices of a parameter that have a key; made when first needed."""
        places_by_name = _places_of.setdefault(self, {})
        if name not in places_by_name:
            places: dict[Any, int] = {}
            for place, value in enumerate(self._choices(name)):
                if (key := key_of(value)) is not None:
                    places.setdefault(key, place)
            places_by_name[name] = places
        return places_by_name[name]

    def _choices(self, name: str) -> Iterable[Any]:
        """The choices of all branches that are not numbers."""
        for branch in self._branches:
            dimension = branch.get(name)
            if isinstance(dimension, ListedDimension) and not isinstance(
                dimension, OrdinalDimension
            ):
                yield from dimension.values
