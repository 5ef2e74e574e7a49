"""Mixed columns, and steps that are chosen from a list of estimators."""

from functools import partial

from data import table
from scipy.stats import loguniform
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from ._spec import Spec, columns, problem, scalers


@problem
def columns_survey():
    return Spec(
        "mixed columns",
        Pipeline(
            [
                (
                    "columns",
                    columns(
                        Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())]),
                        Pipeline(
                            [
                                ("impute", SimpleImputer(strategy="most_frequent")),
                                ("encode", OneHotEncoder(handle_unknown="ignore")),
                            ]
                        ),
                    ),
                ),
                ("model", LogisticRegression(max_iter=100)),
            ]
        ),
        {
            "columns__num__impute__strategy": ["mean", "median", "most_frequent"],
            "columns__num__impute__add_indicator": [True, False],
            "columns__num__scale": [StandardScaler(), MinMaxScaler(), RobustScaler()],
            "columns__cat__encode": [
                OneHotEncoder(handle_unknown="ignore"),
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                OneHotEncoder(drop="first"),
            ],
            "model__C": loguniform(1e-3, 1e3),
            "model__class_weight": [None, "balanced"],
        },
        "accuracy",
        partial(table, "survey", "Sex", raw=True, gaps=True),
        140,
    )


@problem
def columns_colon():
    return Spec(
        "mixed columns",
        Pipeline(
            [
                (
                    "columns",
                    columns(
                        Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())]),
                    ),
                ),
                ("model", SVC(max_iter=10_000)),
            ]
        ),
        {
            "columns__num__impute__strategy": ["mean", "median", "most_frequent", "constant"],
            "columns__num__scale": [*scalers(), PowerTransformer()],
            "columns__cat__drop": [None, "first", "if_binary"],
            "model": [
                LogisticRegression(max_iter=200),
                SVC(max_iter=10_000),
                KNeighborsClassifier(15),
                GaussianNB(),
                RandomForestClassifier(10, max_depth=4, random_state=0, n_jobs=1),
            ],
        },
        "accuracy",
        partial(table, "colon", "status", drop=["id", "study", "time"], raw=True, gaps=True),
        250,
    )


@problem
def steps_kakadu():
    return Spec(
        "steps",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("reduce", PCA(random_state=0)),
                ("model", LogisticRegression(max_iter=200)),
            ]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler(), RobustScaler(), "passthrough"],
            "reduce": ["passthrough", PCA(5), PCA(10), SelectKBest(k=5), SelectKBest(k=10)],
            "model": [
                LogisticRegression(max_iter=200),
                LinearDiscriminantAnalysis(),
                SVC(max_iter=10_000),
                SVC(kernel="linear", max_iter=10_000),
                KNeighborsClassifier(),
                DecisionTreeClassifier(max_depth=4, random_state=0),
            ],
        },
        "balanced_accuracy",
        partial(table, "Kakadu", "answer", drop=["lower", "upper"]),
        220,
    )


@problem
def steps_fishing():
    return Spec(
        "steps",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("reduce", PCA()),
                ("svc", SVC(max_iter=10_000)),
            ]
        ),
        {
            "scaler": [*scalers(), PowerTransformer(), QuantileTransformer(n_quantiles=50)],
            "reduce": [PCA(), TruncatedSVD(), NMF(max_iter=50)],  # NMF takes no negative values
            "reduce__n_components": [2, 3, 4, 6, 8],
            "svc__kernel": ["rbf", "linear"],
            "svc__C": loguniform(1e-2, 1e2),
            "svc__gamma": ["scale", "auto"],
        },
        "accuracy",
        partial(table, "Fishing", "mode", drop=["price", "catch"]),
        250,
    )
