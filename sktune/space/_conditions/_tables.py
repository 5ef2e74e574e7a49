"""Tables of known conditions, by the path of the class.

Each entry is tested: ``tests/space/_conditions/test_tables.py`` fits with several values of each
parameter that should have no effect. The tables list the values of another parameter for which it
has none, so that it stays active for any other value. If a parent depends on further parameters,
all are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ._rules import Unless

T = TypeVar("T")
Known = Mapping[str, Mapping[str, Unless] | Sequence[Mapping[str, Unless]]]


def _unless(**values: Any) -> dict[str, Unless]:
    """No effect if one of these parameters has one of these values."""
    return {
        parent: Unless(value if isinstance(value, tuple) else (value,))
        for parent, value in values.items()
    }


def _each(paths: str, known: T) -> dict[str, T]:
    """The same for several classes of a module: ``"sklearn.svm: SVC SVR"``."""
    module, _, names = paths.partition(": ")
    return {f"{module}.{name}": known for name in names.split()}


_KERNEL_MACHINE: Known = {
    "degree": _unless(kernel=("linear", "rbf", "sigmoid", "precomputed")),
    "gamma": _unless(kernel=("linear", "precomputed")),
    "coef0": _unless(kernel=("linear", "rbf", "precomputed")),
}


def _pairwise(*others: str) -> Known:
    """Kernels of sklearn.metrics.pairwise, and others without parameters."""
    plain = ("linear", "cosine", "additive_chi2", *others)
    return {
        "degree": _unless(kernel=(*plain, "rbf", "sigmoid", "laplacian", "chi2")),
        "gamma": _unless(kernel=plain),
        "coef0": _unless(kernel=(*plain, "rbf", "laplacian", "chi2")),
    }


_GRADIENT_DESCENT: Known = {
    "l1_ratio": _unless(penalty=("l1", "l2", None)),
    "alpha": [
        _unless(penalty=(None,)),
        _unless(learning_rate=("constant", "invscaling", "adaptive", "pa1", "pa2")),
    ],
    "eta0": _unless(learning_rate="optimal"),
    "power_t": _unless(learning_rate=("constant", "optimal", "adaptive", "pa1", "pa2")),
    "epsilon": _unless(
        loss=(
            "hinge",
            "log_loss",
            "modified_huber",
            "squared_hinge",
            "perceptron",
            "squared_error",
        )
    ),
    "validation_fraction": _unless(early_stopping=False),
}

_NETWORK: Known = {
    "learning_rate": _unless(solver=("adam", "lbfgs")),
    "learning_rate_init": _unless(solver="lbfgs"),
    "power_t": _unless(solver=("adam", "lbfgs"), learning_rate=("constant", "adaptive")),
    "momentum": _unless(solver=("adam", "lbfgs")),
    "nesterovs_momentum": _unless(solver=("adam", "lbfgs"), momentum=0),
    "batch_size": _unless(solver="lbfgs"),
    "shuffle": _unless(solver="lbfgs"),
    "beta_1": _unless(solver=("sgd", "lbfgs")),
    "beta_2": _unless(solver=("sgd", "lbfgs")),
    "epsilon": _unless(solver=("sgd", "lbfgs")),
    "early_stopping": _unless(solver="lbfgs"),
    "validation_fraction": _unless(solver="lbfgs", early_stopping=False),
    "n_iter_no_change": _unless(solver="lbfgs"),
    "max_fun": _unless(solver=("sgd", "adam")),
}

_FOREST: Known = {"max_samples": _unless(bootstrap=False)}

# All metrics but "minkowski", and "haversine", which is of two columns only.
_METRICS = (
    *("braycurtis", "canberra", "chebyshev", "cityblock", "correlation", "cosine", "dice"),
    *("euclidean", "hamming", "infinity", "jaccard", "l1", "l2", "manhattan"),
    *("nan_euclidean", "p", "precomputed", "rogerstanimoto", "russellrao", "sokalmichener"),
    *("sokalsneath", "sqeuclidean", "yule"),
)
_NEIGHBORS: Known = {"p": _unless(metric=_METRICS)}

_BOOSTING: Known = {
    "validation_fraction": _unless(n_iter_no_change=(None,)),
    "tol": _unless(n_iter_no_change=(None,)),
}

# The first estimator of AdaBoost sees the data as they are.
_ADA_BOOST: Known = {"learning_rate": _unless(n_estimators=1)}

_HIST_BOOSTING: Known = {
    "validation_fraction": _unless(early_stopping=False),
    "n_iter_no_change": _unless(early_stopping=False),
    "tol": _unless(early_stopping=False),
}

# Solvers of LogisticRegression that know no L1 penalty.
_ONLY_L2 = ("lbfgs", "newton-cg", "newton-cholesky", "sag")

_LINEAR_SVM: Known = {"intercept_scaling": _unless(fit_intercept=False)}

_RIDGE: Known = {
    "tol": _unless(solver=("svd", "cholesky")),
    "max_iter": _unless(solver=("svd", "cholesky")),
}

_ONLY_TREES = _unless(booster="gblinear")
_ONLY_DART = _unless(booster=("gbtree", "gblinear", None))
_ONLY_LINEAR = _unless(booster=("gbtree", "dart", None))
_NOT_EXACT = _unless(booster="gblinear", tree_method="exact")

_XGBOOST: Known = {
    **dict.fromkeys(
        (
            "max_depth",
            "min_child_weight",
            "gamma",
            "min_split_loss",
            "max_delta_step",
            "subsample",
            "colsample_bytree",
            "colsample_bylevel",
            "colsample_bynode",
            "num_parallel_tree",
            "tree_method",
        ),
        _ONLY_TREES,
    ),
    **dict.fromkeys(("grow_policy", "max_leaves", "max_bin"), _NOT_EXACT),
    **dict.fromkeys(
        ("rate_drop", "skip_drop", "one_drop", "sample_type", "normalize_type"), _ONLY_DART
    ),
    **dict.fromkeys(("feature_selector", "top_k"), _ONLY_LINEAR),
}

_DROPS = _unless(boosting_type=("gbdt", "rf", "goss"))

_LIGHTGBM: Known = {
    "learning_rate": _unless(boosting_type="rf"),
    "subsample": _unless(subsample_freq=0, boosting_type="goss"),
    "subsample_freq": _unless(boosting_type="goss"),
    "bagging_fraction": _unless(bagging_freq=0, boosting_type="goss"),
    "bagging_freq": _unless(boosting_type="goss"),
    **dict.fromkeys(
        ("drop_rate", "max_drop", "skip_drop", "uniform_drop", "xgboost_dart_mode"), _DROPS
    ),
    "linear_lambda": _unless(linear_tree=False),
}

_CATBOOST: Known = {
    "bagging_temperature": _unless(bootstrap_type=("Bernoulli", "MVS", "No")),
    "subsample": _unless(bootstrap_type=("Bayesian", "No")),
    "max_leaves": _unless(grow_policy=("SymmetricTree", "Depthwise")),
    "min_data_in_leaf": _unless(grow_policy="SymmetricTree"),
}

_EARLY_STOPPING: Known = {
    "validation_fraction": _unless(early_stopping=False),
    "n_iter_no_change": _unless(early_stopping=False),
}

# Keras's optimizers, and which of them take an argument that several, but not all, take.
_OPTIMIZERS = (
    *("Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion"),
    *("Muon", "Nadam", "RMSprop", "SGD", "ScheduleFreeAdamW"),
)
_WITH_BETAS = "Adam AdamW Adamax Lamb Lion Nadam ScheduleFreeAdamW"
_TAKEN_BY = {
    "amsgrad": "Adam AdamW",
    "beta_1": _WITH_BETAS,
    "beta_2": _WITH_BETAS,
    "epsilon": "Adadelta Adagrad Adam AdamW Adamax Lamb Muon Nadam RMSprop ScheduleFreeAdamW",
    "initial_accumulator_value": "Adagrad Ftrl",
    "momentum": "Muon RMSprop SGD",
    "nesterov": "Muon SGD",
    "rho": "Adadelta RMSprop",
}


def _not_taken_by(takers: str) -> dict[str, Unless]:
    """No effect with the optimizers, by their names, that do not take an argument."""
    others = [name for name in _OPTIMIZERS if name not in takers.split()]
    return _unless(optimizer=tuple(spelt for name in others for spelt in (name, name.lower())))


_KERAS: Known = {
    **_EARLY_STOPPING,
    **{f"optimizer__{name}": _not_taken_by(takers) for name, takers in _TAKEN_BY.items()},
}

KNOWN: dict[str, Known] = {
    **_each("sklearn.svm: SVC SVR NuSVC NuSVR OneClassSVM", _KERNEL_MACHINE),
    **_each("sklearn.svm: LinearSVC LinearSVR", _LINEAR_SVM),
    **_each("sklearn.kernel_approximation: Nystroem", _pairwise()),
    **_each("sklearn.kernel_ridge: KernelRidge", _pairwise("precomputed")),
    **_each(
        "sklearn.decomposition: KernelPCA",
        {
            **_pairwise("precomputed"),
            "iterated_power": _unless(eigen_solver=("arpack", "dense")),
            "tol": _unless(eigen_solver=("dense", "randomized")),
        },
    ),
    **_each(
        "sklearn.linear_model: LogisticRegression",
        {
            "C": _unless(penalty=(None,)),
            "l1_ratio": _unless(penalty=("l1", "l2", None), solver=_ONLY_L2),
            "intercept_scaling": _unless(solver=(*_ONLY_L2, "saga"), fit_intercept=False),
        },
    ),
    **_each("sklearn.linear_model: SGDClassifier SGDRegressor", _GRADIENT_DESCENT),
    **_each(
        "sklearn.linear_model: SGDOneClassSVM",
        {
            "eta0": _unless(learning_rate="optimal"),
            "power_t": _unless(learning_rate=("constant", "optimal", "adaptive")),
        },
    ),
    **_each("sklearn.linear_model: Ridge RidgeClassifier", _RIDGE),
    **_each("sklearn.neural_network: MLPClassifier MLPRegressor", _NETWORK),
    **_each(
        "sklearn.ensemble: RandomForestClassifier RandomForestRegressor ExtraTreesClassifier "
        "ExtraTreesRegressor",
        _FOREST,
    ),
    **_each("sklearn.ensemble: AdaBoostClassifier", _ADA_BOOST),
    **_each("sklearn.ensemble: AdaBoostRegressor", {**_ADA_BOOST, "loss": _unless(n_estimators=1)}),
    **_each("sklearn.ensemble: GradientBoostingClassifier", _BOOSTING),
    **_each(
        "sklearn.ensemble: GradientBoostingRegressor",
        {**_BOOSTING, "alpha": _unless(loss=("squared_error", "absolute_error"))},
    ),
    **_each("sklearn.ensemble: HistGradientBoostingClassifier", _HIST_BOOSTING),
    **_each(
        "sklearn.ensemble: HistGradientBoostingRegressor",
        {
            **_HIST_BOOSTING,
            "quantile": _unless(loss=("squared_error", "absolute_error", "gamma", "poisson")),
        },
    ),
    **_each(
        "sklearn.neighbors: KNeighborsClassifier KNeighborsRegressor RadiusNeighborsClassifier "
        "RadiusNeighborsRegressor",
        _NEIGHBORS,
    ),
    **_each("sklearn.preprocessing: PolynomialFeatures", {"interaction_only": _unless(degree=1)}),
    **_each(
        "sklearn.decomposition: PCA",
        {
            "iterated_power": _unless(svd_solver=("full", "covariance_eigh", "arpack")),
            "n_oversamples": _unless(svd_solver=("full", "covariance_eigh", "arpack")),
            "power_iteration_normalizer": _unless(svd_solver=("full", "covariance_eigh", "arpack")),
        },
    ),
    **_each(
        "sklearn.decomposition: TruncatedSVD",
        {
            "n_iter": _unless(algorithm="arpack"),
            "n_oversamples": _unless(algorithm="arpack"),
            "power_iteration_normalizer": _unless(algorithm="arpack"),
        },
    ),
    **_each(
        "sklearn.discriminant_analysis: LinearDiscriminantAnalysis",
        {"shrinkage": _unless(solver="svd"), "tol": _unless(solver=("lsqr", "eigen"))},
    ),
    **_each(
        "sklearn.discriminant_analysis: QuadraticDiscriminantAnalysis",
        {"reg_param": _unless(solver="eigen"), "shrinkage": _unless(solver="svd")},
    ),
    **_each("xgboost.sklearn: XGBClassifier XGBRegressor", _XGBOOST),
    **_each("lightgbm.sklearn: LGBMClassifier LGBMRegressor", _LIGHTGBM),
    **_each("catboost.core: CatBoostClassifier CatBoostRegressor", _CATBOOST),
    **_each("sktune.keras: CNNClassifier", _EARLY_STOPPING),
    **_each("sktune.keras: KerasClassifier KerasRegressor", _KERAS),
}

# Values of parameters that an estimator does not list but passes on to its library.
IMPLIED: dict[str, Mapping[str, Any]] = _each(
    "lightgbm.sklearn: LGBMClassifier LGBMRegressor", {"linear_tree": False}
)

# Values that parameters must have if they have no effect: any other is an error in ``fit``.
NEEDED: dict[str, Mapping[str, Any]] = {
    **_each(
        "sklearn.ensemble: RandomForestClassifier RandomForestRegressor ExtraTreesClassifier "
        "ExtraTreesRegressor",
        {"max_samples": None},
    ),
    **_each(
        "sklearn.discriminant_analysis: LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
        {"shrinkage": None},
    ),
    **_each("sklearn.linear_model: LogisticRegression", {"l1_ratio": 0.0}),
    **_each(
        "catboost.core: CatBoostClassifier CatBoostRegressor",
        {"bagging_temperature": None, "subsample": None, "max_leaves": None},
    ),
    **_each(
        "sktune.keras: KerasClassifier KerasRegressor",
        dict.fromkeys((f"optimizer__{name}" for name in _TAKEN_BY), None),
    ),
}
