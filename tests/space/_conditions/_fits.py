"""Fits that show each known condition: parameters of all, and two values with where they differ."""

from __future__ import annotations

from typing import Any

import pytest

_SVM = {"C": 2.0}
_KERNEL = {"degree": (2, 3), "gamma": (0.1, 0.5), "coef0": (0.0, 1.5)}
_ACTIVE_KERNEL = {
    "degree": {"kernel": "poly"},
    "gamma": {"kernel": "rbf"},
    "coef0": {"kernel": "poly"},
}
_SGD = {
    "l1_ratio": ((0.1, 0.9), {"penalty": "elasticnet"}),
    "alpha": ((1e-3, 1e-1), {}),
    "eta0": ((0.001, 0.01), {"learning_rate": "constant"}),
    "power_t": ((0.2, 0.6), {"learning_rate": "invscaling", "eta0": 0.01}),
    "epsilon": ((0.05, 0.7), {"loss": "huber"}),
    "validation_fraction": ((0.1, 0.4), {"early_stopping": True}),
}
_MLP_SGD = {"solver": "sgd", "learning_rate_init": 0.01}
_MLP = {
    "learning_rate": (("constant", "invscaling"), _MLP_SGD),
    "learning_rate_init": ((0.001, 0.01), {}),
    "power_t": ((0.3, 0.7), {**_MLP_SGD, "learning_rate": "invscaling"}),
    "momentum": ((0.1, 0.8), _MLP_SGD),
    "nesterovs_momentum": ((True, False), _MLP_SGD),
    "batch_size": ((10, 30), {}),
    "shuffle": ((True, False), {"batch_size": 20}),
    "beta_1": ((0.5, 0.9), {}),
    "beta_2": ((0.5, 0.9), {}),
    "epsilon": ((1e-8, 1e-1), {}),
    "early_stopping": ((True, False), {}),
    "validation_fraction": ((0.1, 0.4), {"early_stopping": True}),
    "n_iter_no_change": ((1, 15), {"tol": 1.0}),
    "max_fun": ((16, 40), {"solver": "lbfgs", "max_iter": 100}),
}
_FOREST = {"max_samples": ((0.3, 0.8), {"bootstrap": True})}
_SOLVER = {"tol": ((1e-6, 0.9), {"solver": "lsqr"}), "max_iter": ((1, 50), {"solver": "lsqr"})}
_RANDOMIZED = {
    "iterated_power": ((1, 9), {"svd_solver": "randomized"}),
    "n_oversamples": ((1, 4), {"svd_solver": "randomized", "iterated_power": 1}),
    "power_iteration_normalizer": (
        ("none", "LU"),
        {"svd_solver": "randomized", "iterated_power": 6, "n_oversamples": 1},
    ),
}
_TRUNCATED = {
    "n_iter": ((1, 9), {}),
    "n_oversamples": ((1, 4), {"n_iter": 1}),
    "power_iteration_normalizer": (("none", "LU"), {"n_iter": 6, "n_oversamples": 1}),
}
_HIST = {
    "validation_fraction": ((0.1, 0.4), {"early_stopping": True}),
    "n_iter_no_change": ((1, 20), {"early_stopping": True, "tol": 0.1}),
    "tol": ((1e-7, 1e4), {"early_stopping": True, "n_iter_no_change": 2}),
}
_BOOSTING = {
    "validation_fraction": ((0.1, 0.4), {"n_iter_no_change": 1, "tol": 0.01}),
    "tol": ((1e-7, 1e4), {"n_iter_no_change": 2, "validation_fraction": 0.4}),
}
_DART = {"booster": "dart", "rate_drop": 0.5}
_XGB = {
    "max_depth": ((1, 4), {}),
    "min_child_weight": ((1, 8), {}),
    "gamma": ((0.0, 3.0), {}),
    "min_split_loss": ((0.0, 3.0), {}),
    "max_delta_step": ((0.01, 0.1), {}),
    "subsample": ((0.4, 0.9), {}),
    "colsample_bytree": ((0.3, 1.0), {}),
    "colsample_bylevel": ((0.3, 1.0), {}),
    "colsample_bynode": ((0.3, 1.0), {}),
    "num_parallel_tree": ((1, 3), {"subsample": 0.5}),
    "tree_method": (("exact", "hist"), {"max_bin": 3}),
    "grow_policy": (("depthwise", "lossguide"), {"max_leaves": 3, "tree_method": "hist"}),
    "max_leaves": ((2, 6), {"tree_method": "hist"}),
    "max_bin": ((3, 50), {"tree_method": "hist"}),
    "rate_drop": ((0.1, 0.9), {"booster": "dart"}),
    "skip_drop": ((0.0, 0.9), _DART),
    "one_drop": ((0, 1), {"booster": "dart"}),
    "sample_type": (("uniform", "weighted"), _DART),
    "normalize_type": (("tree", "forest"), _DART),
    "feature_selector": (
        ("cyclic", "greedy"),
        {"booster": "gblinear", "updater": "coord_descent", "top_k": 1},
    ),
    "top_k": (
        (1, 4),
        {"booster": "gblinear", "updater": "coord_descent", "feature_selector": "greedy"},
    ),
}
_BAGGED = {"subsample": 0.6, "subsample_freq": 1}
_LGBM_DART = {"boosting_type": "dart", "drop_rate": 0.5, "skip_drop": 0.1}
_LGBM = {
    "learning_rate": ((0.05, 0.3), {}),
    "subsample": ((0.4, 0.8), {"subsample_freq": 1}),
    "subsample_freq": ((1, 3), {"subsample": 0.6}),
    "bagging_fraction": ((0.4, 0.8), {"bagging_freq": 1}),
    "bagging_freq": ((1, 3), {"bagging_fraction": 0.6}),
    "drop_rate": ((0.1, 0.9), {"boosting_type": "dart", "skip_drop": 0.1}),
    "max_drop": ((1, 40), {"boosting_type": "dart", "drop_rate": 0.9, "skip_drop": 0.0}),
    "skip_drop": ((0.0, 0.9), _LGBM_DART),
    "uniform_drop": ((True, False), _LGBM_DART),
    "xgboost_dart_mode": ((True, False), _LGBM_DART),
    "linear_lambda": ((0.0, 50.0), {"linear_tree": True}),
}


def probability():
    """A model of two classes."""
    keras = pytest.importorskip("keras", reason="an optional package")
    return keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])


def line():
    """A model of one number."""
    keras = pytest.importorskip("keras", reason="an optional package")
    return keras.Sequential([keras.layers.Dense(1)])


_CATBOOST = {
    "bagging_temperature": ((0.1, 5.0), {"bootstrap_type": "Bayesian"}),
    "subsample": ((0.4, 0.8), {"bootstrap_type": "Bernoulli"}),
    "max_leaves": ((3, 12), {"grow_policy": "Lossguide"}),
    "min_data_in_leaf": ((1, 15), {"grow_policy": "Depthwise"}),
}
_KERAS = {
    "validation_fraction": ((0.1, 0.4), {"early_stopping": True}),
    "n_iter_no_change": ((1, 20), {"early_stopping": True}),
}
_LGBM_BASE = {"n_estimators": 8, "min_child_samples": 3, "n_jobs": 1, "random_state": 0}
_CAT_BASE = {"iterations": 8, "random_seed": 0, "verbose": False, "allow_writing_files": False}

# For each class: parameters of all fits, and for each entry two values and where they differ.
FITS: dict[str, tuple[dict[str, Any], dict[str, tuple[tuple[Any, Any], dict[str, Any]]]]] = {
    **{
        f"sklearn.svm.{name}": (
            {} if name.startswith("Nu") or name == "OneClassSVM" else _SVM,
            {p: (_KERNEL[p], where) for p, where in _ACTIVE_KERNEL.items()},
        )
        for name in ("SVC", "SVR", "NuSVC", "NuSVR", "OneClassSVM")
    },
    **{
        f"sklearn.svm.{name}": (
            {"random_state": 0, "max_iter": 200},
            {"intercept_scaling": ((1.0, 5.0), {})},
        )
        for name in ("LinearSVC", "LinearSVR")
    },
    "sklearn.kernel_approximation.Nystroem": (
        {"n_components": 10, "random_state": 0},
        {p: (_KERNEL[p], where) for p, where in _ACTIVE_KERNEL.items()},
    ),
    "sklearn.kernel_ridge.KernelRidge": (
        {"gamma": 0.1},
        {p: (_KERNEL[p], where) for p, where in _ACTIVE_KERNEL.items()},
    ),
    "sklearn.decomposition.KernelPCA": (
        {"n_components": 2, "random_state": 0},
        {
            **{p: (_KERNEL[p], where) for p, where in _ACTIVE_KERNEL.items()},
            "iterated_power": ((1, 9), {"eigen_solver": "randomized", "kernel": "rbf"}),
            "tol": ((0.0, 10.0), {"eigen_solver": "arpack", "kernel": "rbf"}),
        },
    ),
    "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis": (
        {},
        {
            "reg_param": ((0.1, 0.5), {"solver": "svd"}),
            "shrinkage": ((0.1, 0.9), {"solver": "eigen"}),
        },
    ),
    "sklearn.linear_model.LogisticRegression": (
        {"random_state": 0, "solver": "saga"},
        {
            "C": ((0.1, 10.0), {}),
            "l1_ratio": ((0.1, 0.9), {"penalty": "elasticnet", "C": 0.1}),
            "intercept_scaling": ((1.0, 5.0), {"solver": "liblinear"}),
        },
    ),
    "sklearn.linear_model.SGDClassifier": ({"random_state": 0, "eta0": 0.01}, _SGD),
    "sklearn.linear_model.SGDOneClassSVM": (
        {"random_state": 0, "eta0": 0.01},
        {name: _SGD[name] for name in ("eta0", "power_t")},
    ),
    "sklearn.linear_model.SGDRegressor": (
        {"random_state": 0, "loss": "epsilon_insensitive"},
        {**_SGD, "alpha": ((1e-3, 1e-1), {"learning_rate": "optimal"})},
    ),
    **{
        f"sklearn.linear_model.{n}": ({"random_state": 0}, _SOLVER)
        for n in ("Ridge", "RidgeClassifier")
    },
    **{
        f"sklearn.neural_network.{n}": (
            {"hidden_layer_sizes": (5,), "max_iter": 15, "random_state": 0},
            _MLP,
        )
        for n in ("MLPClassifier", "MLPRegressor")
    },
    **{
        f"sklearn.ensemble.{n}": ({"n_estimators": 5, "random_state": 0}, _FOREST)
        for n in (
            "RandomForestClassifier",
            "RandomForestRegressor",
            "ExtraTreesClassifier",
            "ExtraTreesRegressor",
        )
    },
    "sklearn.ensemble.AdaBoostClassifier": (
        {"n_estimators": 5, "random_state": 0},
        {"learning_rate": ((0.1, 1.0), {})},
    ),
    "sklearn.ensemble.AdaBoostRegressor": (
        {"n_estimators": 5, "random_state": 0},
        {"learning_rate": ((0.1, 1.0), {}), "loss": (("linear", "square"), {})},
    ),
    "sklearn.ensemble.GradientBoostingClassifier": (
        {"n_estimators": 8, "random_state": 0},
        _BOOSTING,
    ),
    "sklearn.ensemble.GradientBoostingRegressor": (
        {"n_estimators": 8, "random_state": 0},
        {**_BOOSTING, "alpha": ((0.1, 0.7), {"loss": "huber"})},
    ),
    "sklearn.ensemble.HistGradientBoostingClassifier": (
        {"max_iter": 8, "min_samples_leaf": 5, "random_state": 0},
        _HIST,
    ),
    "sklearn.ensemble.HistGradientBoostingRegressor": (
        {"max_iter": 8, "min_samples_leaf": 5, "random_state": 0},
        {**_HIST, "quantile": ((0.2, 0.8), {"loss": "quantile"})},
    ),
    **{
        f"sklearn.neighbors.{n}": (
            {"RadiusNeighborsClassifier": {"radius": 2.0, "outlier_label": 0}}.get(n, {}),
            {"p": ((1, 7), {})},
        )
        for n in (
            "KNeighborsClassifier",
            "KNeighborsRegressor",
            "RadiusNeighborsClassifier",
        )
    },
    "sklearn.neighbors.RadiusNeighborsRegressor": ({"radius": 5.0}, {"p": ((1, 7), {})}),
    "sklearn.preprocessing.PolynomialFeatures": (
        {},
        {"interaction_only": ((False, True), {"degree": 2})},
    ),
    "sklearn.decomposition.PCA": ({"n_components": 2, "random_state": 0}, _RANDOMIZED),
    "sklearn.decomposition.TruncatedSVD": ({"n_components": 2, "random_state": 0}, _TRUNCATED),
    "sklearn.discriminant_analysis.LinearDiscriminantAnalysis": (
        {},
        {
            "shrinkage": ((0.1, 0.9), {"solver": "lsqr"}),
            "tol": ((1e-4, 0.5), {"solver": "svd"}),
        },
    ),
    **{
        f"xgboost.sklearn.{n}": (
            {"n_estimators": 6, "n_jobs": 1, "random_state": 0, "verbosity": 0},
            _XGB,
        )
        for n in ("XGBClassifier", "XGBRegressor")
    },
    **{
        f"lightgbm.sklearn.{n}": ({**_LGBM_BASE, "verbose": -1}, _LGBM)
        for n in ("LGBMClassifier", "LGBMRegressor")
    },
    "sktune.keras.CNNClassifier": (
        {"filters": 2, "dense_units": 4, "epochs": 8, "learning_rate": 0.5, "random_state": 0},
        _KERAS,
    ),
    **{
        f"sktune.keras.{n}": (
            {
                "model": model,
                "loss": "mse",
                "optimizer": optimizer,
                "optimizer__learning_rate": rate,
                "epochs": 20,
                "random_state": 0,
            },
            _KERAS,
        )
        for n, model, optimizer, rate in (
            ("KerasClassifier", probability, "sgd", 1.5),
            ("KerasRegressor", line, "adam", 0.5),
        )
    },
    **{
        f"catboost.core.{n}": (_CAT_BASE, _CATBOOST)
        for n in ("CatBoostClassifier", "CatBoostRegressor")
    },
}

# What a parent must come with where it has a value that says that others have no effect.
COMPANIONS = {
    ("boosting_type", "rf"): _BAGGED,
}
