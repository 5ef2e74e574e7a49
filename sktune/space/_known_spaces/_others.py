"""Ready spaces of XGBoost, LightGBM, CatBoost and Keras; the numbers name the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scipy.stats import loguniform, randint

from .._distributions import log_randint
from ._data import Data, Ready, Space, between, each, no_penalties


def _xgboost(data: Data, own: Mapping[str, Any]) -> Space:
    space = {
        "n_estimators": log_randint(50, 500),  # [1]
        "learning_rate": loguniform(0.01, 1.0),  # [1]
        "reg_alpha": loguniform(1e-8, 100.0),  # [3]
        "reg_lambda": loguniform(2.0**-10, 2.0**10),  # [2]
    }
    if own.get("booster") == "gblinear":
        return space
    return space | {
        "max_depth": randint(1, 12),  # [3]
        "min_child_weight": loguniform(1.0, 100.0),  # [3]
        "subsample": between(0.5, 1.0),  # [3]
        "colsample_bytree": between(0.5, 1.0),  # [3]
        "gamma": loguniform(1e-8, 7.0),  # [3]
    }


def _xgboost_means(data: Data) -> dict[str, tuple[Any, Any]]:
    """What None means to XGBoost, https://xgboost.readthedocs.io/en/stable/parameter.html."""
    return {
        "n_estimators": (None, 100),
        "learning_rate": (None, 0.3),
        "reg_alpha": (None, 1e-8),  # 0
        "reg_lambda": (None, 1.0),
        "max_depth": (None, 6),
        "min_child_weight": (None, 1.0),
        "subsample": (None, 1.0),
        "colsample_bytree": (None, 1.0),
        "gamma": (None, 1e-8),  # 0
    }


def _lightgbm(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "n_estimators": log_randint(50, 500),  # [1]
        "learning_rate": loguniform(0.01, 1.0),  # [1]
        "num_leaves": log_randint(2, data.at_most(256, 1.0, least=31)),  # [5]
        "min_child_samples": log_randint(5, data.at_most(100, 0.25, least=20)),  # [5]
        "subsample": between(0.4, 1.0),  # [5]
        "subsample_freq": randint(0, 8),  # [5]; 0: all rows
        "colsample_bytree": between(0.4, 1.0),  # [5]
        "reg_alpha": loguniform(1e-8, 10.0),  # [5]
        "reg_lambda": loguniform(1e-8, 10.0),  # [5]
    }


def _catboost(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "iterations": log_randint(50, 500),  # [1]
        "learning_rate": loguniform(0.01, 1.0),  # [1]
        "depth": randint(3, 11),  # near [6]
        "l2_leaf_reg": loguniform(1.0, 10.0),  # near [6]
    }


def _cnn(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "filters": log_randint(8, 64),
        "dense_units": log_randint(16, 512),  # [6], half of its widest
        "dropout": between(0.0, 0.5),  # [6]
        "learning_rate": loguniform(1e-5, 1e-2),  # [6]
        "batch_size": _batches(data),
    }


def _keras(data: Data, own: Mapping[str, Any]) -> Space:
    space: Space = {"batch_size": _batches(data)}
    # A model that its function has compiled has an optimizer already.
    if own.get("loss") is not None and isinstance(own.get("optimizer"), str):
        space["optimizer__learning_rate"] = loguniform(1e-5, 1e-2)  # [6]
    return space


def _batches(data: Data) -> Any:
    return log_randint(16, max(32, data.at_most(256, 0.25)))  # [8]


def _cnn_means(data: Data) -> dict[str, tuple[Any, Any]]:
    return {"filters": ((32, 64), 32)}


READY: dict[str, Ready] = {
    **each("xgboost.sklearn: XGBClassifier XGBRegressor", _xgboost, _xgboost_means),
    **each(
        "lightgbm.sklearn: LGBMClassifier LGBMRegressor",
        _lightgbm,
        no_penalties("reg_alpha", "reg_lambda"),
    ),
    **each("catboost.core: CatBoostClassifier CatBoostRegressor", _catboost),
    **each("sktune.keras: CNNClassifier", _cnn, _cnn_means),
    **each("sktune.keras: KerasClassifier KerasRegressor", _keras),
}
