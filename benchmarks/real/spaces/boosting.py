"""Gradient boosting: XGBoost, LightGBM and scikit-learn's."""

from functools import partial

from data import table
from scipy.stats import loguniform, randint, uniform
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

from ._spec import Spec, problem


@problem
def xgb_housing():
    from xgboost import XGBRegressor

    return Spec(
        "XGBoost",
        XGBRegressor(n_jobs=1, random_state=0),
        {
            "n_estimators": randint(10, 101),
            "max_depth": randint(1, 11),
            "learning_rate": loguniform(0.005, 0.5),
            "subsample": uniform(0.4, 0.6),
            "colsample_bytree": uniform(0.3, 0.7),
            "min_child_weight": randint(1, 21),
            "gamma": uniform(0, 5),
            "reg_alpha": loguniform(1e-4, 100),
            "reg_lambda": loguniform(1e-4, 100),
        },
        "neg_root_mean_squared_error",
        partial(table, "Housing", "price", log=True),
        300,
    )


@problem
def xgb_flchain():
    from xgboost import XGBClassifier

    return Spec(
        "XGBoost",
        XGBClassifier(n_jobs=1, random_state=0),
        {
            "booster": ["gbtree", "gblinear", "dart"],
            "tree_method": ["exact", "hist", "approx"],
            "grow_policy": ["depthwise", "lossguide"],
            "n_estimators": randint(5, 51),
            "learning_rate": loguniform(0.01, 1.0),
            "max_depth": randint(1, 11),
            "max_leaves": randint(0, 33),
            "min_child_weight": loguniform(0.1, 30),
            "subsample": uniform(0.3, 0.7),
            "colsample_bytree": uniform(0.3, 0.7),
            "colsample_bylevel": uniform(0.3, 0.7),
            "reg_alpha": loguniform(1e-3, 30),
            "reg_lambda": loguniform(1e-3, 30),
            "rate_drop": uniform(0, 0.5),
            "skip_drop": uniform(0, 0.8),
            "scale_pos_weight": loguniform(0.3, 5),
        },
        "roc_auc",
        partial(table, "flchain", "death", drop=["futime", "chapter"]),
        250,
    )


@problem
def xgb_computers():
    from xgboost import XGBRegressor

    return Spec(
        "XGBoost",
        XGBRegressor(n_jobs=1, random_state=0),
        {
            "n_estimators": [20, 50, 100],
            "max_depth": [2, 3, 4, 5, 6, 8],
            "learning_rate": [0.01, 0.05, 0.1, 0.2, 0.3],
            "subsample": [0.5, 0.7, 0.8, 1.0],
            "colsample_bytree": [0.4, 0.6, 0.8, 1.0],
            "min_child_weight": [1, 3, 5, 7],
            "gamma": [0, 0.1, 0.5, 1, 5],
            "objective": ["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"],
        },
        "neg_mean_absolute_error",
        partial(table, "Computers", "price", log=True, rows=2000),
        250,
    )


@problem
def lgbm_wages():
    from lightgbm import LGBMRegressor

    return Spec(
        "LightGBM",
        LGBMRegressor(n_jobs=1, random_state=0, verbose=-1),
        {
            "n_estimators": randint(10, 101),
            "num_leaves": randint(2, 64),
            "learning_rate": loguniform(0.005, 0.5),
            "min_child_samples": randint(2, 60),
            "feature_fraction": uniform(0.3, 0.7),
            "bagging_fraction": uniform(0.3, 0.7),
            "bagging_freq": randint(0, 8),
            "lambda_l1": loguniform(1e-8, 10),
            "lambda_l2": loguniform(1e-8, 10),
        },
        "r2",
        partial(table, "Wages", "lwage", rows=2000),
        300,
    )


@problem
def lgbm_participation():
    from lightgbm import LGBMClassifier

    return Spec(
        "LightGBM",
        LGBMClassifier(n_jobs=1, random_state=0, verbose=-1),
        {
            "boosting_type": ["gbdt", "dart", "rf", "goss"],  # rf without bagging fails
            "class_weight": [None, "balanced"],
            "extra_trees": [True, False],
            "n_estimators": [10, 25, 50, 100],
            "learning_rate": loguniform(0.01, 0.5),
            "num_leaves": randint(2, 50),
            "min_child_samples": randint(1, 50),
            "subsample": uniform(0.4, 0.6),
            "subsample_freq": [0, 1, 5],
            "reg_alpha": [0, 0.01, 0.1, 1, 10],
            "reg_lambda": [0, 0.01, 0.1, 1, 10],
        },
        "accuracy",
        partial(table, "Participation", "lfp"),
        300,
    )


@problem
def hgb_hdma():
    return Spec(
        "HistGradientBoosting",
        HistGradientBoostingClassifier(random_state=0, early_stopping=False),
        {
            "learning_rate": loguniform(0.01, 1),
            "max_iter": randint(5, 41),
            "max_leaf_nodes": randint(2, 32),
            "max_depth": [None, 2, 3, 5, 8],
            "min_samples_leaf": randint(1, 51),
            "l2_regularization": loguniform(1e-6, 100),
            "max_features": uniform(0.2, 0.8),
            "class_weight": [None, "balanced"],
        },
        "roc_auc",
        partial(table, "Hdma", "deny"),
        300,
    )


@problem
def hgb_hedonic():
    return Spec(
        "HistGradientBoosting",
        HistGradientBoostingRegressor(random_state=0),
        {
            "loss": ["squared_error", "absolute_error", "gamma", "poisson"],
            "learning_rate": loguniform(0.01, 1),
            "max_iter": [10, 20, 40],
            "max_leaf_nodes": [None, 3, 7, 15, 31],
            "min_samples_leaf": [2, 5, 10, 20, 40],
            "l2_regularization": [0, 0.01, 0.1, 1, 10],
            "max_bins": [16, 32, 64, 255],
            "early_stopping": [True, False],
        },
        "r2",
        partial(table, "Hedonic", "mv", drop=["townid"]),
        200,
    )


@problem
def gbr_tips():
    return Spec(
        "GradientBoosting",
        GradientBoostingRegressor(random_state=0),
        {
            "loss": ["squared_error", "absolute_error", "huber", "quantile"],
            "n_estimators": randint(5, 41),
            "learning_rate": loguniform(0.01, 1.0),
            "subsample": uniform(0.3, 0.7),
            "max_depth": randint(1, 8),
            "min_samples_leaf": randint(1, 21),
            "max_features": ["sqrt", "log2", None],
            "alpha": uniform(0.1, 0.85),
        },
        "neg_mean_absolute_error",
        partial(table, "tips", "tip"),
        120,
    )
