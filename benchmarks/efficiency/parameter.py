"""One parameter of a space, in the form that is passed to the established methods."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Parameter:
    """One dimension of a space; with a parent, only active if that has one of `values`."""

    name: str
    kind: str  # "float", "int" or "cat"
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple = ()
    parent: str = ""
    values: tuple = ()

    def at(self, u):
        """The value at `u` in [0, 1]; integers and choices have equal shares."""
        u = min(max(float(u), 0.0), 1.0)
        if self.kind == "cat":
            return self.choices[min(int(u * len(self.choices)), len(self.choices) - 1)]
        low, high = self._ends()
        value = low * (high / low) ** u if self.log else low + u * (high - low)
        value = min(max(value, self.low), self.high)
        return round(value) if self.kind == "int" else float(value)

    def unit(self, value):
        """Where a number lies in [0, 1]; the inverse of `at`."""
        low, high = self._ends()
        if self.log:
            return float(np.log(value / low) / np.log(high / low))
        return float((value - low) / (high - low))

    def is_active(self, params):
        """Whether it matters in a setting."""
        return not self.parent or params[self.parent] in self.values

    def clean(self, value):
        """Convert a value from a search to a plain type, in range, integers rounded."""
        if self.kind == "cat":
            return next(choice for choice in self.choices if choice == value)
        value = min(max(float(value), self.low), self.high)
        return round(value) if self.kind == "int" else value

    def _ends(self):
        pad = 0.5 if self.kind == "int" else 0.0
        return self.low - pad, self.high + pad
