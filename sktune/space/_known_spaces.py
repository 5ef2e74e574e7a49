"""Ready spaces by the path of the class: what is worth tuning of an estimator, and in what range.

Ranges are those of the sources named beside them. Where one is narrower here, it says why.

.. [1] Feurer, Klein, Eggensperger, Springenberg, Blum, Hutter (2015), "Efficient and Robust
   Automated Machine Learning", NeurIPS. The spaces are those of auto-sklearn,
   https://github.com/automl/auto-sklearn, ``pipeline/components``.
.. [2] Probst, Boulesteix, Bischl (2019), "Tunability: Importance of Hyperparameters of Machine
   Learning Algorithms", JMLR 20(53), table 1. https://jmlr.org/papers/v20/18-444.html
.. [3] Grinsztajn, Oyallon, Varoquaux (2022), "Why do tree-based models still outperform deep
   learning on typical tabular data?", NeurIPS, appendix. https://arxiv.org/abs/2207.08815
.. [4] Hsu, Chang, Lin (2003), "A Practical Guide to Support Vector Classification", section 3.2.
   https://www.csie.ntu.edu.tw/~cjlin/papers/guide/guide.pdf
.. [5] Optuna's example for LightGBM, ``lightgbm_simple.py``, https://github.com/optuna/optuna-examples
.. [6] Gorishniy, Rubachev, Khrulkov, Babenko (2021), "Revisiting Deep Learning Models for Tabular
   Data", NeurIPS, appendix. https://arxiv.org/abs/2106.11959
.. [7] scikit-learn's user guide and examples: the grid of ``LogisticRegressionCV`` and that of
   "Sample pipeline for text feature extraction and evaluation".
.. [8] Bengio (2012), "Practical Recommendations for Gradient-Based Training of Deep
   Architectures". https://arxiv.org/abs/1206.5533
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scipy.stats import loguniform, randint, uniform

from ._distributions import log_randint

Space = dict[str, Any]


class Data(NamedTuple):
    """What is known of the data; None: nothing.

    Parameters
    ----------
    n_rows : int or None
    n_features : int or None
    spread : float or None
        Standard deviation of a numeric target.
    """

    n_rows: int | None = None
    n_features: int | None = None
    spread: float | None = None

    def at_most(self, limit: int, share: float = 0.5, least: int = 2) -> int:
        """A limit, but no more than a share of the rows: of those of a fold, half at least."""
        return limit if self.n_rows is None else max(least, min(limit, int(share * self.n_rows)))


class Ready(NamedTuple):
    """A ready space.

    Parameters
    ----------
    params : callable
        From the data and the estimator's own values to distributions by name.
    means : callable
        From the data to own values that lie outside of the space, by name, each with the value in
        it that means the same or nearly so.
    """

    params: Callable[[Data, Mapping[str, Any]], Space]
    means: Callable[[Data], dict[str, tuple[Any, Any]]] = lambda data: {}


def _between(low: float, high: float) -> Any:
    return uniform(low, high - low)


def _support_vectors(data: Data, own: Mapping[str, Any]) -> Space:
    # [4], the grid of its example. degree and coef0 as in [1].
    return {
        "C": loguniform(2.0**-5, 2.0**15),
        "gamma": loguniform(2.0**-15, 2.0**3),
        "degree": randint(2, 6),
        "coef0": _between(-1.0, 1.0),
    }


def _support_vector_regression(data: Data, own: Mapping[str, Any]) -> Space:
    return {**_support_vectors(data, own), "epsilon": _tube(data)}


def _tube(data: Data) -> Any:
    # [1], whose targets are scaled.
    spread = data.spread or 1.0
    return loguniform(0.001 * spread, max(spread, 0.2))


def _linear_svm(data: Data, own: Mapping[str, Any]) -> Space:
    return {"C": loguniform(2.0**-10, 2.0**10)}  # [2], of the SVM; above it hardly converges


def _linear_svr(data: Data, own: Mapping[str, Any]) -> Space:
    return {**_linear_svm(data, own), "epsilon": _tube(data)}


def _logistic(data: Data, own: Mapping[str, Any]) -> Space:
    space: Space = {"C": loguniform(1e-4, 1e4)}  # [7]
    is_mixed = own.get("penalty") in ("elasticnet", "deprecated")
    if own.get("solver") == "saga" and is_mixed:
        space["l1_ratio"] = _between(0.0, 1.0)  # [2], of glmnet
    return space


def _ridge(data: Data, own: Mapping[str, Any]) -> Space:
    return {"alpha": loguniform(2.0**-10, 2.0**10)}  # [2], of glmnet


def _lasso(data: Data, own: Mapping[str, Any]) -> Space:
    # [2], of glmnet; from the target's spread on all coefficients of scaled columns are 0.
    high = max(2.0, data.spread or 2.0**10)
    return {"alpha": loguniform(min(2.0**-10, high / 1000), high)}


def _elastic_net(data: Data, own: Mapping[str, Any]) -> Space:
    # [2]; near 0 coordinate descent does not converge.
    return {**_lasso(data, own), "l1_ratio": _between(0.05, 0.95)}


def _gradient_descent(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1]
        "alpha": loguniform(1e-7, 1e-1),
        "penalty": ["l2", "l1", "elasticnet"],
        "l1_ratio": _between(0.0, 1.0),
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
        "max_features": _between(0.05, 1.0),  # a share: [1], [2]
        "min_samples_split": log_randint(2, data.at_most(20)),  # [1]
        "min_samples_leaf": log_randint(1, data.at_most(20, 0.25)),  # [1]
        "bootstrap": [True, False],  # [1], [2]
        "max_samples": _between(0.1, 1.0),  # [2]; without effect where nothing is drawn
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
        "subsample": _between(0.5, 1.0),  # [3]
        "min_samples_leaf": log_randint(1, data.at_most(20, 0.25)),  # [1]
        "max_features": _between(0.1, 1.0),  # [1]
    }


def _hist_boosting(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1]; iterations as there for the boosting of [1] that is no histogram
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
    return {"solver": ["svd", "lsqr"], "shrinkage": _between(0.0, 1.0)}  # [1]


def _kernel_ridge(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "alpha": loguniform(2.0**-10, 2.0**10),
        "gamma": loguniform(2.0**-15, 2.0**3),
    }  # [2], [4]


def _pca(data: Data, own: Mapping[str, Any]) -> Space:
    return {"n_components": _between(0.5, 0.9999), "whiten": [True, False]}  # [1]


def _truncated_svd(data: Data, own: Mapping[str, Any]) -> Space:
    most = 256 if data.n_features is None else max(3, min(256, data.n_features - 1))
    return {"n_components": log_randint(2, most)}  # [1]


def _nystroem(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [1], whose number of components goes on to 10,000
        "n_components": log_randint(10, data.at_most(1000, least=20)),
        "gamma": loguniform(2.0**-15, 2.0**3),
        "degree": randint(2, 6),
        "coef0": _between(-1.0, 1.0),
    }


def _k_best(data: Data, own: Mapping[str, Any]) -> Space:
    return {"k": log_randint(1, max(2, data.n_features or 100))}  # [1], as percentiles


def _text(data: Data, own: Mapping[str, Any]) -> Space:
    return {  # [7]
        "ngram_range": [(1, 1), (1, 2)],
        "min_df": [1, 3, 5, 10],
        "max_df": [0.2, 0.4, 0.6, 0.8, 1.0],
    }


def _tf_idf(data: Data, own: Mapping[str, Any]) -> Space:
    return {"norm": ["l1", "l2"], "sublinear_tf": [True, False]}  # [7]


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
        "subsample": _between(0.5, 1.0),  # [3]
        "colsample_bytree": _between(0.5, 1.0),  # [3]
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
        "subsample": _between(0.4, 1.0),  # [5]
        "subsample_freq": randint(0, 8),  # [5]; 0: all rows
        "colsample_bytree": _between(0.4, 1.0),  # [5]
        "reg_alpha": loguniform(1e-8, 10.0),  # [5]
        "reg_lambda": loguniform(1e-8, 10.0),  # [5]
    }


def _no_penalties(*names: str) -> Callable[[Data], dict[str, tuple[Any, Any]]]:
    """Penalties of 0, for which the smallest of a log scale stands."""
    smallest = {"l2_regularization": 1e-10}
    return lambda data: {name: (0.0, smallest.get(name, 1e-8)) for name in names}


def _catboost(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "iterations": log_randint(50, 500),  # [1]
        "learning_rate": loguniform(0.01, 1.0),  # [1]; [6] goes down to 1e-5 with 2,000 trees
        "depth": randint(3, 11),  # [6]
        "l2_leaf_reg": loguniform(1.0, 10.0),  # [6]
    }


def _cnn(data: Data, own: Mapping[str, Any]) -> Space:
    return {
        "filters": log_randint(8, 64),
        "dense_units": log_randint(16, 512),  # [6], widths up to 512
        "dropout": _between(0.0, 0.5),  # [6]
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


def _each(paths: str, *ready: Any) -> dict[str, Ready]:
    """The same for several classes of a module."""
    module, _, names = paths.partition(": ")
    return {f"{module}.{name}": Ready(*ready) for name in names.split()}


READY: dict[str, Ready] = {
    **_each("sklearn.svm: SVC", _support_vectors),
    **_each("sklearn.svm: SVR", _support_vector_regression),
    **_each("sklearn.svm: LinearSVC", _linear_svm),
    **_each("sklearn.svm: LinearSVR", _linear_svr),
    **_each("sklearn.linear_model: LogisticRegression", _logistic),
    **_each("sklearn.linear_model: Ridge RidgeClassifier", _ridge),
    **_each("sklearn.linear_model: Lasso", _lasso),
    **_each("sklearn.linear_model: ElasticNet", _elastic_net),
    **_each("sklearn.linear_model: SGDClassifier SGDRegressor", _gradient_descent),
    **_each("sklearn.neighbors: KNeighborsClassifier KNeighborsRegressor", _neighbors),
    **_each("sklearn.naive_bayes: BernoulliNB MultinomialNB ComplementNB", _naive_bayes),
    **_each("sklearn.tree: DecisionTreeClassifier DecisionTreeRegressor", _tree, _unlimited_depth),
    **_each(
        "sklearn.ensemble: RandomForestClassifier RandomForestRegressor ExtraTreesClassifier "
        "ExtraTreesRegressor",
        _forest,
        _forest_means,
    ),
    **_each("sklearn.ensemble: AdaBoostClassifier AdaBoostRegressor", _ada_boost),
    **_each(
        "sklearn.ensemble: GradientBoostingClassifier GradientBoostingRegressor",
        _boosting,
        lambda data: {"max_features": (None, 1.0)},
    ),
    **_each(
        "sklearn.ensemble: HistGradientBoostingClassifier HistGradientBoostingRegressor",
        _hist_boosting,
        _no_penalties("l2_regularization"),
    ),
    **_each("sklearn.neural_network: MLPClassifier MLPRegressor", _network, _network_means),
    **_each("sklearn.discriminant_analysis: LinearDiscriminantAnalysis", _lda),
    **_each(
        "sklearn.discriminant_analysis: QuadraticDiscriminantAnalysis",
        lambda data, own: {"reg_param": _between(0.0, 1.0)},  # [1]
    ),
    **_each("sklearn.kernel_ridge: KernelRidge", _kernel_ridge),
    **_each("sklearn.decomposition: PCA", _pca, lambda data: {"n_components": (None, 0.9999)}),
    **_each("sklearn.decomposition: TruncatedSVD", _truncated_svd),
    **_each("sklearn.kernel_approximation: Nystroem", _nystroem),
    **_each("sklearn.feature_selection: SelectKBest", _k_best),
    **_each(
        "sklearn.feature_selection: SelectPercentile",
        lambda data, own: {"percentile": randint(1, 101)},  # [1]
    ),
    **_each("sklearn.feature_extraction.text: CountVectorizer", _text),
    **_each(
        "sklearn.feature_extraction.text: TfidfVectorizer",
        lambda data, own: _text(data, own) | _tf_idf(data, own),
    ),
    **_each("sklearn.feature_extraction.text: TfidfTransformer", _tf_idf),
    **_each("xgboost.sklearn: XGBClassifier XGBRegressor", _xgboost, _xgboost_means),
    **_each(
        "lightgbm.sklearn: LGBMClassifier LGBMRegressor",
        _lightgbm,
        _no_penalties("reg_alpha", "reg_lambda"),
    ),
    **_each("catboost.core: CatBoostClassifier CatBoostRegressor", _catboost),
    **_each("sktune.keras: CNNClassifier", _cnn, _cnn_means),
    **_each("sktune.keras: KerasClassifier KerasRegressor", _keras),
}

# Parts of a pipeline of which nothing is tuned.
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
        "preprocessing.PolynomialFeatures",
        "preprocessing.SplineTransformer",
        "impute.SimpleImputer",
        "impute.KNNImputer",
        "impute.IterativeImputer",
        "impute.MissingIndicator",
        "feature_selection.VarianceThreshold",
    )
)
