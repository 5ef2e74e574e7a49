"""Multi-layer perceptrons."""

from functools import partial

from data import made, table
from scipy.stats import loguniform, randint, uniform
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    StandardScaler,
)

from ._spec import Spec, problem


@problem
def mlp_pima():
    return Spec(
        "MLP",
        Pipeline(
            [("scaler", StandardScaler()), ("mlp", MLPClassifier(random_state=0, max_iter=30))]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler()],
            "mlp__hidden_layer_sizes": [(5,), (10,), (20,), (50,), (10, 10), (20, 20)],
            "mlp__activation": ["relu", "tanh", "logistic", "identity"],
            "mlp__solver": ["adam", "sgd", "lbfgs"],
            "mlp__alpha": loguniform(1e-6, 10),
            "mlp__learning_rate_init": loguniform(1e-4, 0.3),
            "mlp__batch_size": [32, 64, 128],
            "mlp__learning_rate": ["constant", "adaptive", "invscaling"],
        },
        "roc_auc",
        partial(table, "Pima.te", "type"),
        150,
    )


@problem
def mlp_circles():
    return Spec(
        "MLP",
        MLPClassifier(random_state=0, batch_size=32, max_iter=30),
        {
            "hidden_layer_sizes": randint(2, 64),
            "alpha": loguniform(1e-6, 1),
            "learning_rate_init": loguniform(1e-4, 1),
            "beta_1": uniform(0.5, 0.49),
            "activation": ["relu", "tanh", "logistic"],
        },
        "accuracy",
        partial(made, "circles", n_samples=600, noise=0.15, factor=0.5),
        120,
    )


@problem
def mlpreg_friedman1():
    return Spec(
        "MLP",
        Pipeline(
            [("scaler", StandardScaler()), ("mlp", MLPRegressor(random_state=0, max_iter=40))]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
            "mlp__hidden_layer_sizes": [(8,), (16,), (32,), (16, 16), (32, 16)],
            "mlp__activation": ["relu", "tanh", "logistic"],
            "mlp__solver": ["adam", "lbfgs"],
            "mlp__alpha": loguniform(1e-6, 100),
            "mlp__learning_rate_init": loguniform(1e-4, 0.3),
            "mlp__early_stopping": [True, False],
        },
        "r2",
        partial(made, "friedman1", n_samples=600, noise=1.0),
        150,
    )
