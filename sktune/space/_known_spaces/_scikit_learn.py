"""Ready spaces of scikit-learn's estimators; the numbers name the sources, see the package."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from numbers import Integral
from typing import Any

from scipy.stats import loguniform, randint

from .._distributions import log_randint
from ._data import Data, Ready, Space, between, each, no_penalties

# Columns up to which a polynomial of degree 3 is searched: those of 12 features.
_MAX_PRODUCTS = 500


def _kernel(data: Data) -> Space:
    return {
        "gamma": _gamma(data),
        "degree": randint(2, 6),  # [1], as the next
        "coef0": between(-1.0, 1.0),
    }


def _gamma(data: Data) -> Any:
    """In units of "scale", since pairs of rows are farther apart with more features.

    Without data as in [4]. Good values lie between two quantiles of the inverse squared distances
    of rows [10], of normal rows 0.3 to 1 times "scale" with 10 features and up to 4 times with
    two. Below, the kernel becomes linear.
    """
    if not data.n_features:
        return loguniform(2.0**-15, 2.0**3)
    # A step such as a PCA with whitening may scale features that were not.
    units = [1.0 / data.n_features, 1.0 / (data.variance or data.n_features)]
    return loguniform(2.0**-8 * min(units), 2.0**2 * max(units))


def _scaled_gamma(data: Data) -> dict[str, tuple[Any, Any]]:
    """The value of "scale"."""
    if not data.n_features:
        return {}
    return {"gamma": ("scale", 1.0 / (data.variance or data.n_features))}


def _support_vectors(data: Data, own: Mapping[str, Any]) -> Space:
    return {"C": loguniform(2.0**-5, 2.0**10), **_kernel(data)}  # [4], with the upper end of [2]


def _regression(data: Data) -> Space:
    # The range of classification, for targets of any scale: C has their unit.
    spread = data.spread or 1.0
    low, high = 2.0**-5 * min(1.0, spread), 2.0**10 * max(1.0, spread)
    return {"C": loguniform(low, high), **_kernel(data)}


def _support_vector_regression(data: Data, own: Mapping[str, Any]) -> Space:
    return {**_regression(data), "epsilon": _tube(data)}


def _support_vector_regression_means(data: Data) -> dict[str, tuple[Any, Any]]:
    return {**_scaled_gamma(data), **_narrowest_tube(data)}


def _nu_classification(data: Data, own: Mapping[str, Any]) -> Space:
    # With a larger nu there is no solution [9]; the rows of a fold may be less even.
    most = 0.8 * 2 * (data.balance or 0.5)
    return {"nu": between(0.05 * most, most), **_kernel(data)}


def _nu_regression(data: Data, own: Mapping[str, Any]) -> Space:
    # nu: all of its values but those near 0 [9].
    return {**_regression(data), "nu": between(0.05, 1.0)}


def _tube(data: Data) -> Any:
    spread = data.spread or 1.0
    return loguniform(0.001 * spread, spread)  # [1], whose targets are scaled


def _narrowest_tube(data: Data) -> dict[str, tuple[Any, Any]]:
    return {"epsilon": (0.0, 0.001 * (data.spread or 1.0))}


def _linear_svm(data: Data, own: Mapping[str, Any]) -> Space:
    return {"C": loguniform(2.0**-10, 2.0**10)}  # [2], of the SVM; above it hardly converges


def _linear_svr(data: Data, own: Mapping[str, Any]) -> Space:
    return {**_linear_svm(data, own), "epsilon": _tube(data)}


def _logistic(data: Data, own: Mapping[str, Any]) -> Space:
    space: Space = {"C": loguniform(1e-4, 1e4)}  # [7]
    is_mixed = own.get("penalty") in ("elasticnet", "deprecated")
    if own.get("solver") == "saga" and is_mixed:
        space["l1_ratio"] = between(0.0, 1.0)  # [2], of glmnet
    return space


def _ridge(data: Data, own: Mapping[str, Any]) -> Space:
    return {"alpha": loguniform(2.0**-10, 2.0**10)}  # [2], of glmnet


def _lasso(data: Data, own: Mapping[str, Any]) -> Space:
    # [2], of glmnet; above the target's spread all coefficients of scaled columns are 0.
    high = max(2.0, data.spread or 2.0**10)
    return {"alpha": loguniform(min(2.0**-10, high / 1000), high)}


def _elastic_net(data: Data, own: Mapping[str, Any]) -> Space:
    # [2]; near 0 coordinate descent does not converge.
    return {**_lasso(data, own), "l1_ratio": between(0.05, 0.95)}


def _gradient_descent(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1]
        "alpha": loguniform(1e-7, 1e-1),
        "penalty": ["l2", "l1", "elasticnet"],
        "l1_ratio": between(0.0, 1.0),
        "average": [False, True],
    }


def _neighbors(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1]
        "n_neighbors": log_randint(1, data.at_most(100)),
        "weights": ["uniform", "distance"],
        "p": [1, 2],
    }


def _naive_bayes(data: Data, own: Mapping[str, Any]) -> Space:
    return {"alpha": loguniform(1e-2, 100), "fit_prior": [True, False]}  # [1]


def _tree(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [2], of rpart
        "max_depth": randint(1, 31),
        "min_samples_split": log_randint(2, data.at_most(60)),
        "min_samples_leaf": log_randint(1, data.at_most(60, 0.25)),
    }


def _unlimited_depth(data: Data) -> dict[str, tuple[Any, Any]]:
    return {"max_depth": (None, 30)}


def _forest(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "max_features": between(0.05, 1.0),  # a share: [1], [2]
        "min_samples_split": log_randint(2, data.at_most(20)),  # [1]
        "min_samples_leaf": log_randint(1, data.at_most(20, 0.25)),  # [1]
        "bootstrap": [True, False],  # [1], [2]
        "max_samples": between(0.1, 1.0),  # [2]; no effect without bootstrap
    }


def _forest_means(data: Data) -> dict[str, tuple[Any, Any]]:
    means: dict[str, tuple[Any, Any]] = {"max_samples": (None, 1.0)}
    if data.n_features:
        means["max_features"] = ("sqrt", min(1.0, max(0.05, data.n_features**-0.5)))
    return means


def _ada_boost(data: Data, own: Mapping[str, Any]) -> Space:
    return {"n_estimators": randint(50, 501), "learning_rate": loguniform(0.01, 2)}  # [1]


def _boosting(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "n_estimators": log_randint(50, 500),  # [1]
        "learning_rate": loguniform(0.01, 1.0),  # [1]
        "max_depth": randint(1, 11),  # [1], [3]
        "subsample": between(0.5, 1.0),  # [3]
        "min_samples_leaf": log_randint(1, data.at_most(20, 0.25)),  # [1]
        "max_features": between(0.1, 1.0),  # [1]
    }


def _hist_boosting(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1]; iterations as in [1] for gradient boosting without histograms
        "max_iter": log_randint(50, 500),
        "learning_rate": loguniform(0.01, 1.0),
        "max_leaf_nodes": log_randint(3, data.at_most(2047, 1.0, least=31)),
        "min_samples_leaf": log_randint(1, data.at_most(200, 0.25, least=20)),
        "l2_regularization": loguniform(1e-10, 1.0),
    }


def _network(data: Data, own: Mapping[str, Any]) -> Space:
    widths = (16, 32, 64, 100, 128, 256)  # [1]: 16 to 264 units in one to three layers
    return {
        "hidden_layer_sizes": [(w,) * n for n in (1, 2, 3) for w in widths],
        "activation": ["relu", "tanh"],
        "alpha": loguniform(1e-7, 1e-1),
        "learning_rate_init": loguniform(1e-4, 0.5),
        "batch_size": log_randint(16, max(32, data.at_most(256, 0.25))),  # [8]
    }


def _network_means(data: Data) -> dict[str, tuple[Any, Any]]:
    return {"batch_size": ("auto", min(200, max(32, data.at_most(256, 0.25))))}


def _lda(data: Data, own: Mapping[str, Any]) -> Space:
    return {"solver": ["svd", "lsqr"], "shrinkage": between(0.0, 1.0)}  # [1]


def _kernel_ridge(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "alpha": loguniform(2.0**-10, 2.0**10),  # [2]
        "gamma": _gamma(data),
    }


def _pca(data: Data, own: Mapping[str, Any]) -> Space:
    return {"n_components": between(0.5, 0.9999), "whiten": [True, False]}  # [1]


def _truncated_svd(data: Data, own: Mapping[str, Any]) -> Space:
    most = 256 if data.n_features is None else max(3, min(256, data.n_features - 1))
    return {"n_components": log_randint(2, most)}  # [1]


def _nystroem(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1], where the number of components goes up to 10,000
        "n_components": log_randint(10, data.at_most(1000, least=20)),
        **_kernel(data),
    }


def _gamma_of_none(data: Data) -> dict[str, tuple[Any, Any]]:
    return {"gamma": (None, 1.0 / data.n_features)} if data.n_features else {}


def _k_best(data: Data, own: Mapping[str, Any]) -> Space:
    return {"k": log_randint(1, max(2, data.n_features or 100))}  # [1], as percentiles


def _all_features(data: Data) -> dict[str, tuple[Any, Any]]:
    """What the default of 10 means if there are fewer features, and otherwise "all"."""
    most = data.n_features
    return {} if not most else {"k": (10 if most < 10 else "all", max(2, most))}


def _polynomial(data: Data, own: Mapping[str, Any]) -> Space:
    # [1], and 1 for no products at all; 3 only where that gives few columns.
    space: Space = {"interaction_only": [False, True]}
    degree = own.get("degree")
    if isinstance(degree, Integral):  # not the lowest and the highest
        is_small = data.n_features is not None and comb(data.n_features + 3, 3) <= _MAX_PRODUCTS
        space["degree"] = list(range(1, max(3 if is_small else 2, int(degree)) + 1))
    return space


def _text(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [7]
        "ngram_range": [(1, 1), (1, 2)],
        "min_df": [1, 3, 5, 10],
        "max_df": [0.2, 0.4, 0.6, 0.8, 1.0],
    }


def _tf_idf(data: Data, own: Mapping[str, Any]) -> Space:
    return {"norm": ["l1", "l2"], "sublinear_tf": [True, False]}  # [7]


READY: dict[str, Ready] = {
    **each("sklearn.svm: SVC", _support_vectors, _scaled_gamma),
    **each("sklearn.svm: SVR", _support_vector_regression, _support_vector_regression_means),
    **each("sklearn.svm: NuSVC", _nu_classification, _scaled_gamma, ("nu",)),
    **each("sklearn.svm: NuSVR", _nu_regression, _scaled_gamma),
    **each("sklearn.svm: LinearSVC", _linear_svm),
    **each("sklearn.svm: LinearSVR", _linear_svr, _narrowest_tube),
    **each("sklearn.linear_model: LogisticRegression", _logistic),
    **each("sklearn.linear_model: Ridge RidgeClassifier", _ridge),
    **each("sklearn.linear_model: Lasso", _lasso),
    **each("sklearn.linear_model: ElasticNet", _elastic_net),
    **each("sklearn.linear_model: SGDClassifier SGDRegressor", _gradient_descent),
    **each("sklearn.neighbors: KNeighborsClassifier KNeighborsRegressor", _neighbors),
    **each("sklearn.naive_bayes: BernoulliNB MultinomialNB ComplementNB", _naive_bayes),
    **each("sklearn.tree: DecisionTreeClassifier DecisionTreeRegressor", _tree, _unlimited_depth),
    **each(
        "sklearn.ensemble: RandomForestClassifier RandomForestRegressor ExtraTreesClassifier "
        "ExtraTreesRegressor",
        _forest,
        _forest_means,
    ),
    **each("sklearn.ensemble: AdaBoostClassifier AdaBoostRegressor", _ada_boost),
    **each(
        "sklearn.ensemble: GradientBoostingClassifier GradientBoostingRegressor",
        _boosting,
        lambda data: {"max_features": (None, 1.0)},
    ),
    **each(
        "sklearn.ensemble: HistGradientBoostingClassifier HistGradientBoostingRegressor",
        _hist_boosting,
        no_penalties("l2_regularization"),
    ),
    **each("sklearn.neural_network: MLPClassifier MLPRegressor", _network, _network_means),
    **each("sklearn.discriminant_analysis: LinearDiscriminantAnalysis", _lda),
    **each(
        "sklearn.discriminant_analysis: QuadraticDiscriminantAnalysis",
        lambda data, own: {"reg_param": between(0.0, 1.0)},  # [1]
    ),
    **each("sklearn.kernel_ridge: KernelRidge", _kernel_ridge, _gamma_of_none),
    **each("sklearn.decomposition: PCA", _pca, lambda data: {"n_components": (None, 0.9999)}),
    **each("sklearn.decomposition: TruncatedSVD", _truncated_svd),
    **each("sklearn.kernel_approximation: Nystroem", _nystroem, _gamma_of_none),
    **each("sklearn.feature_selection: SelectKBest", _k_best, _all_features),
    **each(
        "sklearn.feature_selection: SelectPercentile",
        lambda data, own: {"percentile": randint(1, 101)},  # [1]
    ),
    **each("sklearn.preprocessing: PolynomialFeatures", _polynomial),
    **each("sklearn.feature_extraction.text: CountVectorizer", _text),
    **each(
        "sklearn.feature_extraction.text: TfidfVectorizer",
        lambda data, own: _text(data, own) | _tf_idf(data, own),
    ),
    **each("sklearn.feature_extraction.text: TfidfTransformer", _tf_idf),
}

# Parts of a pipeline that are not tuned.
PLAIN = frozenset(
    f"sklearn.{name}"
    for name in (
        "preprocessing.StandardScaler",
        "preprocessing.MinMaxScaler",
        "preprocessing.MaxAbsScaler",
        "preprocessing.RobustScaler",
        "preprocessing.Normalizer",
        "preprocessing.PowerTransformer",
        "preprocessing.QuantileTransformer",
        "preprocessing.OneHotEncoder",
        "preprocessing.OrdinalEncoder",
        "preprocessing.TargetEncoder",
        "preprocessing.LabelEncoder",
        "preprocessing.LabelBinarizer",
        "preprocessing.FunctionTransformer",
        "preprocessing.KBinsDiscretizer",
        "preprocessing.SplineTransformer",
        "impute.SimpleImputer",
        "impute.KNNImputer",
        "impute.IterativeImputer",
        "impute.MissingIndicator",
        "feature_selection.VarianceThreshold",
    )
)
