"""Base of estimators around a model function: routed parameters, and the call."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import keras
from numpy.typing import ArrayLike

from sktune._sklearn_compat import Interval, Options, validate_parameters

from ._assemble import arguments_for, assemble
from ._base import BaseKerasEstimator
from ._programs._parts import copy_part, holds_part
from ._scikeras_compat import call_model_function, make_optimizer, takes
from ._training._fork import check_not_forked
from ._training._threads import share_cores

_ROUTES = ("model", "optimizer", "loss", "metrics", "callbacks", "compile", "fit", "predict")
_PREFIXES = tuple(f"{route}__" for route in _ROUTES)
# Arguments of a fit or a prediction that may be given as fit__x or predict__x.
_OF_FIT = ("batch_size", "callbacks", "epochs", "shuffle", "validation_split", "verbose")
_OF_PREDICT = ("batch_size", "verbose")
# Passed to a model function that takes them; never parameters.
_OFFERED = ("meta", "compile_kwargs", "params")
# Hooks of scikeras's estimators that have no effect here.
_SCIKERAS_ONLY = ("feature_encoder", "target_encoder", "scorer")


class ModelFunctionEstimator(BaseKerasEstimator):
    """An estimator whose model comes from a function of the user.

    A subclass may have the function as its method ``_keras_build_fn``.
    """

    model: Callable[..., keras.Model] | keras.Model | None
    optimizer: Any
    loss: Any
    metrics: Any
    callbacks: Any
    validation_split: float
    shuffle: bool
    inputs: Mapping[str, Any] | None

    _takes_sparse = True

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseKerasEstimator._parameter_constraints,
        "model": [callable, keras.Model, None],
        "callbacks": [list, tuple, dict, keras.callbacks.Callback, type, None],
        "validation_split": [Interval(Real, 0, 1, closed="left")],
        "shuffle": ["boolean"],
        "inputs": [dict, None],
        "batch_size": [
            Interval(Integral, 1, None, closed="left"),
            Options(Integral, {-1}),
            None,
        ],
    }

    # Parameters that the signature of __init__ does not name: routed ones, and arguments of the
    # model function. They are not attributes: scikit-learn allows none beyond the signature.
    _routed: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        # Called for missing attributes; `_routed` itself is missing while a copy is being made.
        routed = self.__dict__.get("_routed", {})
        if name in routed:
            return routed[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters by name, those of ``**routed`` included.

        Parameters
        ----------
        deep : bool, default=True
            As in scikit-learn; no parameter has parameters of its own.
        """
        named = {name: getattr(self, name) for name in self._defaults()}
        return {**named, **self._all_routed()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; routed ones, and arguments of the function, may be new.

        Parameters
        ----------
        **params : dict
            Values by name.
        """
        function = params.get("model", self._function())
        new = {name for name in set(params) - set(self._defaults()) if _names(function, name)}
        named: dict[str, Any] = {}
        routed: dict[str, Any] = {}
        for name, value in params.items():
            if name.startswith(_PREFIXES) and name in vars(self):  # a subclass has set it
                setattr(self, name, value)
            elif name.startswith(_PREFIXES) or name in self._routed or name in new:
                routed[name] = value
            else:
                named[name] = value
        super().set_params(**named)
        self._routed = {**self._routed, **routed}
        return self

    def __sklearn_clone__(self) -> Self:
        # scikit-learn copies parameters deeply, which loses everything that is not in Keras's
        # configuration. Losses, metrics and optimizers are copied for each fit instead.
        parts = {k: v for k, v in self.get_params(deep=False).items() if holds_part(v)}
        bare = object.__new__(type(self))
        bare.__dict__.update(self.__dict__)
        bare.set_params(**dict.fromkeys(parts))
        copied: Self = super(ModelFunctionEstimator, bare).__sklearn_clone__()
        return copied.set_params(**parts)

    def initialize(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Make the model for data of this kind without training it.

        For a model that already has weights, such as one that was loaded: ``predict`` uses
        them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Data such as those to predict.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target, all classes of a classifier included.

        Returns
        -------
        self
            The estimator, its ``history_`` empty.
        """
        check_not_forked()
        share_cores()
        self._validate_params()
        X, y, _ = self._check_data(X, y, None, reset=True)
        self._start(X, y, None)
        self.history_ = {}
        return self

    def refit_params(self, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the parameters to change for a refit on all data, from reports of the folds.

        Parameters
        ----------
        reports : sequence of dict
            ``fit_report_`` of the best candidate's fits, one for each fold.

        Returns
        -------
        dict
            Parameters by name; empty without early stopping.
        """
        params = super().refit_params(reports)
        if "epochs" in params and "fit__epochs" in self._all_routed():
            params["fit__epochs"] = params.pop("epochs")
        return params

    @property
    def initialized_(self) -> bool:
        """Whether there is a model, trained or not."""
        return self.__sklearn_is_fitted__()

    @property
    def current_epoch(self) -> int:
        """Number of epochs in ``history_``."""
        return len(getattr(self, "history_", {}).get("loss", []))

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        """Return the named parameters with their defaults; ``**kwargs`` reach base classes."""
        defaults: dict[str, Any] = {}
        for base in cls.__mro__:
            if base is ModelFunctionEstimator:
                break
            if "__init__" in vars(base):
                parameters = list(inspect.signature(base).parameters.values())
                named = {p.name: p.default for p in parameters if p.kind is not p.VAR_KEYWORD}
                defaults = {**named, **defaults}
                if len(named) == len(parameters):
                    break
        return {k: v for k, v in sorted(defaults.items()) if not k.startswith(_PREFIXES)}

    def _all_routed(self) -> dict[str, Any]:
        """Return the parameters beyond the named ones; a subclass may have set some."""
        attributes = {k: v for k, v in vars(self).items() if k.startswith(_PREFIXES)}
        return {**attributes, **self._routed}

    def _arguments(self, route: str) -> dict[str, Any]:
        return arguments_for(route, self._all_routed())

    def _inputs(self) -> Mapping[str, Any] | None:
        return self.inputs

    def _setting(self, name: str) -> Any:
        return self._arguments("fit").get(name, super()._setting(name))

    def _predict_rows(self, n_rows: int) -> int | None:
        given = self._arguments("predict").get("batch_size")
        return n_rows if given == -1 else given

    def _make_callbacks(self) -> list[keras.callbacks.Callback]:
        of_all = assemble(self.callbacks, self._arguments("callbacks"), route="callbacks")
        of_fit = self._arguments("fit")
        for_fit = assemble(
            of_fit.get("callbacks"), arguments_for("callbacks", of_fit), route="fit__callbacks"
        )
        callbacks = [*_flat(of_all), *_flat(for_fit)]
        for callback in callbacks:
            if not isinstance(callback, keras.callbacks.Callback):
                raise TypeError(
                    "callbacks must hold objects or classes of keras.callbacks.Callback. "
                    f"Got {callback!r} instead."
                )
        return callbacks

    def _validate_params(self) -> None:
        super()._validate_params()
        name = type(self).__name__
        for method in _SCIKERAS_ONLY:
            if hasattr(type(self), method):
                raise TypeError(
                    f"{name} has {method}, which scikeras would call and sktune does not: see "
                    '"Coming from scikeras" in the user guide for what to do instead.'
                )
        if self.model is not None and hasattr(type(self), "_keras_build_fn"):
            raise ValueError(
                f"{name} has a method _keras_build_fn: model must be None. "
                f"Got {self.model!r} instead."
            )
        for route, known in (
            ("fit", _OF_FIT),
            ("predict", _OF_PREDICT),
            ("compile", _of_compile()),
        ):
            for argument in self._arguments(route):
                if argument.split("__")[0] not in known:
                    raise TypeError(
                        f"{name} got an unexpected parameter {f'{route}__{argument}'!r}: "
                        f"{route}__ may be followed by {', '.join(known)}."
                    )
        constraints = self._parameter_constraints
        for route in ("fit", "predict"):
            given = self._arguments(route)
            validate_parameters(
                {k: constraints[k] for k in given if k in constraints}, given, f"{name}, {route}__"
            )

    def _function(self) -> Callable[..., keras.Model] | None:
        """Return the function that makes the model."""
        if hasattr(type(self), "_keras_build_fn"):
            return self._keras_build_fn
        if isinstance(self.model, keras.Model):
            return functools.partial(_copy_model, self.model)  # each fit starts from its weights
        return self.model

    def _make_model(self, meta: Mapping[str, Any]) -> keras.Model:
        self.__dict__.update(meta)
        function = self._function()
        if function is None:
            raise ValueError(
                f"The 'model' parameter of {type(self).__name__} must be a function that returns "
                "a keras.Model, or such a model. Got None instead."
            )
        arguments, unprefixed = self._arguments("model"), self._unprefixed(function)
        _check_names(self, function, arguments, unprefixed)
        if "run_eagerly" in unprefixed and not takes(function, "run_eagerly"):
            of_compile = {"run_eagerly": unprefixed.pop("run_eagerly")}
        else:
            of_compile = {}
        of_compile |= self._arguments("compile")
        compile_kwargs = {
            **of_compile,
            "optimizer": make_optimizer(self.optimizer, self._arguments("optimizer")),
            "loss": assemble(self.loss, self._arguments("loss"), route="loss", module=keras.losses),
            "metrics": self._make_metrics(),
        }
        given = [n for n in self._all_routed() if n.startswith(("optimizer__", "compile__"))]
        given += [n for n in ("loss", "metrics") if getattr(self, n) is not None]
        return call_model_function(
            function,
            {**unprefixed, **arguments},
            {"meta": dict(meta), "params": self.get_params()},
            compile_kwargs,
            given,
        )

    def _make_metrics(self) -> list[Any] | None:
        made = assemble(
            self.metrics, self._arguments("metrics"), route="metrics", module=keras.metrics
        )
        return None if made is None else _flat(made)

    def _unprefixed(self, function: Callable[..., keras.Model]) -> dict[str, Any]:
        """Return arguments of the model function that are given without a prefix."""
        given = {k: v for k, v in self._all_routed().items() if not k.startswith(_PREFIXES)}
        # A subclass has parameters of its own, and its function may take them.
        own = set(self._defaults()) - self._reserved()
        return {name: getattr(self, name) for name in own if _names(function, name)} | given

    def _reserved(self) -> set[str]:
        """Return the parameters that are not arguments of the model function."""
        return {*self._parameter_constraints, "optimizer", "loss", "metrics"}


def _copy_model(model: keras.Model) -> keras.Model:
    try:
        copied: keras.Model = copy_part(model)
    except Exception as error:  # of Keras, of any kind
        raise ValueError(
            f"The 'model' parameter is a {type(model).__name__} that Keras cannot copy: give the "
            f"function that makes it. Keras says: {error}"
        ) from error
    return copied


def _check_names(
    estimator: ModelFunctionEstimator,
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    unprefixed: Mapping[str, Any],
) -> None:
    """Refuse names that the model function does not take, or that could mean two things."""
    name = type(estimator).__name__
    taken = [a for a in inspect.signature(function).parameters if a not in _OFFERED]
    for argument in unprefixed:
        if not takes(function, argument) and argument != "run_eagerly":
            hint = (
                "write model= instead of build_fn="
                if argument == "build_fn"
                else (
                    f"it is not a parameter of {name}, and the model function takes "
                    f"{', '.join(taken) or 'no arguments'}"
                )
            )
            raise TypeError(f"{name} got an unexpected parameter {argument!r}: {hint}.")
    defaults = estimator._defaults()
    for argument in estimator._reserved() & set(taken) - {*arguments, "model"}:
        value, default = getattr(estimator, argument), defaults.get(argument)
        has_none = (
            inspect.signature(function).parameters[argument].default is inspect.Parameter.empty
        )
        if has_none or (value is not default and value != default):
            raise TypeError(
                f"{argument!r} is a parameter of {name} and an argument of the model function. "
                f"The function receives model__{argument} instead: give that too, or rename "
                "the argument."
            )


def _names(function: Any, argument: str) -> bool:
    """Tell whether a function has an argument of this name."""
    if not callable(function) or argument in _OFFERED:
        return False
    return argument in inspect.signature(function).parameters


def _of_compile() -> list[str]:
    """Return the arguments of ``keras.Model.compile`` that have no parameter of their own."""
    names = list(inspect.signature(keras.Model.compile).parameters)
    return [name for name in names if name not in ("self", "optimizer", "loss", "metrics")]


def _flat(items: Any) -> list[Any]:
    """Return the items of a list or dict, nested ones flattened; a single object as a list."""
    return list(_leaves(items))


def _leaves(items: Any) -> Iterator[Any]:
    if isinstance(items, Mapping):
        items = list(items.values())
    if isinstance(items, list | tuple):
        for item in items:
            yield from _leaves(item)
    elif items is not None:
        yield items
