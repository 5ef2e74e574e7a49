"""What estimators round a model function share: their routed parameters, and the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, ClassVar, Self

import keras

from sktune._sklearn_compat import Interval

from ._base import BaseKerasEstimator
from ._parts import holds_part
from ._scikeras_compat import call_model_function

_ROUTES = ("model__", "optimizer__")


class ModelFunctionEstimator(BaseKerasEstimator):
    """An estimator whose model comes from a function of the user."""

    model: Callable[..., keras.Model]
    optimizer: Any
    loss: Any
    metrics: Any

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseKerasEstimator._parameter_constraints,
        "model": [callable],
        "callbacks": [list, tuple, None],
        "validation_split": [Interval(Real, 0, 1, closed="left")],
        "shuffle": ["boolean"],
    }

    # Arguments for the model function and the optimizer, by their routed names. They are no
    # attributes of their own: scikit-learn wants none beyond the signature of __init__.
    _routed: Mapping[str, Any]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters by name, ``model__x`` and ``optimizer__x`` included.

        Parameters
        ----------
        deep : bool, default=True
            As in scikit-learn.
        """
        return {**super().get_params(deep=deep), **self._routed}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; ``model__x`` and ``optimizer__x`` may be new ones.

        Parameters
        ----------
        **params : dict
            Values by name.
        """
        routed = {
            name: value
            for name, value in params.items()
            if name.startswith(_ROUTES) or name in self._routed
        }
        super().set_params(**{k: v for k, v in params.items() if k not in routed})
        self._routed = {**self._routed, **routed}
        return self

    def __sklearn_clone__(self) -> Self:
        # scikit-learn copies parameters deeply, which loses what Keras's configuration does not
        # have. Losses, metrics and optimizers are copied for each fit instead.
        parts = {k: v for k, v in self.get_params(deep=False).items() if holds_part(v)}
        bare = object.__new__(type(self))
        vars(bare).update(vars(self))
        bare.set_params(**dict.fromkeys(parts))
        copied: Self = super(ModelFunctionEstimator, bare).__sklearn_clone__()
        return copied.set_params(**parts)

    def _make_model(self, meta: Mapping[str, Any]) -> keras.Model:
        if isinstance(self.model, keras.Model):
            raise TypeError(
                "model must be a function that returns a new keras.Model, got a model: its "
                "weights would be carried from one fit to the next."
            )
        for name in self._routed:
            if not name.startswith(_ROUTES):
                raise TypeError(
                    f"{type(self).__name__} got an unexpected parameter {name!r}. An argument "
                    f"of the model function is written model__{name}."
                )
        of_model, of_optimizer = (
            {k.removeprefix(route): v for k, v in self._routed.items() if k.startswith(route)}
            for route in _ROUTES
        )
        return call_model_function(
            self.model,
            of_model,
            meta,
            optimizer=self.optimizer,
            optimizer_arguments=of_optimizer,
            loss=self.loss,
            metrics=self.metrics,
        )
