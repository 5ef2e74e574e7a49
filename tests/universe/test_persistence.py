"""Every public object comes back from every way to save it, fitted and not."""

import copy
import importlib
import inspect
import io
import pickle
import pkgutil

import joblib
import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import sktune
from sktune import AnnealingSearchCV, BayesSearchCV, best_by_model
from sktune._records import Observation
from sktune.inspection import (
    AnnealingDisplay,
    EpochCurveDisplay,
    TraceDisplay,
    annealing_trace,
    epoch_curves,
    search_trace,
)
from sktune.optimizers import AnnealingOptimizer, BayesOptimizer, EarlierScores, RandomOptimizer
from sktune.space import SearchSpace, log_randint

X, Y = load_iris(return_X_y=True)

MODULES = ["sktune"] + [
    module.name
    for module in pkgutil.walk_packages(sktune.__path__, "sktune.", onerror=lambda name: None)
    if not any(part.startswith("_") for part in module.name.split("."))
]


# Ways to save


def by_skops(value):
    io = pytest.importorskip("skops.io")
    data = io.dumps(value)
    return io.loads(data, trusted=io.get_untrusted_types(data=data))


def by_joblib(value):
    file = io.BytesIO()
    joblib.dump(value, file)
    file.seek(0)
    return joblib.load(file)


def by_cloudpickle(value):
    return pickle.loads(pytest.importorskip("cloudpickle").dumps(value))


def by_pickle(protocol):
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


WAYS = {f"pickle {n}": by_pickle(n) for n in range(pickle.HIGHEST_PROTOCOL + 1)} | {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "joblib": by_joblib,
    "cloudpickle": by_cloudpickle,
    "skops": by_skops,
}
each_way = pytest.mark.parametrize("way", WAYS)


# Objects to save


def space():
    return SearchSpace.from_distributions(
        [
            {
                "clf__C": loguniform(1e-2, 1e2),
                "clf__max_iter": log_randint(50, 200),
                "scale": [None, StandardScaler(), MinMaxScaler(), (0, 1)],
            },
            {"clf__C": uniform(0.5, 1), "clf__fit_intercept": [True, False]},
        ]
    )


def fed(kind, **params):
    """An optimiser in the middle of a search."""
    optimizer = kind(space(), seed=0, **params)
    for i in range(14):
        candidate = optimizer.ask(progress=i / 20)
        score = np.array([candidate.params["clf__C"] * share for share in (0.9, 1.0, 1.2)])
        optimizer.tell(Observation(candidate, {"score": score}, "complete"))
    optimizer.ask(progress=0.7)
    return optimizer


def search(kind, **params):
    pipeline = make_pipeline(StandardScaler(), GaussianNB())
    spread = {
        "gaussiannb__var_smoothing": loguniform(1e-9, 1),
        "standardscaler": [StandardScaler(), MinMaxScaler()],
    }
    return kind(pipeline, spread, n_iter=8, cv=3, random_state=0, **params)


def fitted(kind, **params):
    return search(kind, **params).fit(X, Y)


class Reporting(LogisticRegression):
    """Reports a learning curve."""

    def fit(self, X, y):
        self.fit_report_ = {"history": {"loss": [1.0, 0.5]}}
        return super().fit(X, y)


def reporting():
    return BayesSearchCV(
        Reporting(max_iter=1000), {"C": loguniform(1e-2, 1e2)}, n_iter=2, cv=3, random_state=0
    ).fit(X, Y)


def annealed():
    return fitted(AnnealingSearchCV)


# Instances of the public classes; of errors and warnings there is one without this table.
INSTANCES = {
    "sktune.AnnealingSearchCV": {
        "unfitted": lambda: search(AnnealingSearchCV),
        "fitted": annealed,
        "fitted, with chains": lambda: fitted(AnnealingSearchCV, n_chains=2),
        "fitted, not refitted": lambda: fitted(AnnealingSearchCV, refit=False),
        "fitted, racing": lambda: fitted(AnnealingSearchCV, racing=True),
    },
    "sktune.BayesSearchCV": {
        "unfitted": lambda: search(BayesSearchCV),
        "fitted": lambda: fitted(BayesSearchCV),
        "fitted, by model": lambda: fitted(BayesSearchCV, refit=best_by_model),
        "fitted, warm": lambda: fitted(BayesSearchCV, warm_start_from=[annealed()]),
        "fitted, in time": lambda: fitted(BayesSearchCV, fit_timeout=1000, max_time=1000),
    },
    "sktune.space.SearchSpace": {"": space},
    "sktune.optimizers.AnnealingOptimizer": {
        "new": lambda: AnnealingOptimizer(space()),
        "fed": lambda: fed(AnnealingOptimizer),
        "fed, with chains": lambda: fed(AnnealingOptimizer, n_chains=3),
    },
    "sktune.optimizers.BayesOptimizer": {
        "new": lambda: BayesOptimizer(space()),
        "fed": lambda: fed(BayesOptimizer),
    },
    "sktune.optimizers.RandomOptimizer": {
        "new": lambda: RandomOptimizer(space()),
        "fed": lambda: fed(RandomOptimizer),
    },
    "sktune.optimizers.EarlierScores": {
        "": lambda: EarlierScores(np.zeros((2, 4)), np.ones((2, 2))),
    },
    "sktune.inspection.SearchTrace": {"": lambda: search_trace(annealed())},
    "sktune.inspection.AnnealingTrace": {"": lambda: annealing_trace(annealed())},
    "sktune.inspection.EpochCurves": {"": lambda: epoch_curves(reporting())},
    "sktune.inspection.TraceDisplay": {
        "": lambda: TraceDisplay(search_trace(annealed())),
    },
    "sktune.inspection.AnnealingDisplay": {
        "": lambda: AnnealingDisplay(annealing_trace(annealed())),
    },
    "sktune.inspection.EpochCurveDisplay": {
        "": lambda: EpochCurveDisplay(epoch_curves(reporting())),
    },
}


def public():
    """Name and object of all that stands in an ``__all__``."""
    for module_name in MODULES:
        if module_name.startswith("sktune.keras"):
            continue  # below
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", ()):
            yield f"{module_name}.{name}", getattr(module, name)


PUBLIC = dict(public())
ERRORS = {
    name: value
    for name, value in PUBLIC.items()
    if inspect.isclass(value) and issubclass(value, BaseException)
}
CASES = [(name, what) for name, makers in INSTANCES.items() for what in makers]


@pytest.fixture(scope="module")
def made():
    """Each object once for all ways."""
    cache = {}

    def make(name, what):
        if (name, what) not in cache:
            cache[name, what] = INSTANCES[name][what]()
        return cache[name, what]

    return make


def same(a, b, seen=None):
    """Whether two objects have the same types and values in all that they hold."""
    seen = set() if seen is None else seen
    if a is b or (id(a), id(b)) in seen:
        return True
    seen.add((id(a), id(b)))
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return (
            all(same(x, y, seen) for x, y in zip(a.tolist(), b.tolist(), strict=True))
            if (a.dtype == object)
            else np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key], seen) for key in a)
    if isinstance(a, list | tuple) or type(a).__name__ == "deque":
        return len(a) == len(b) and all(same(x, y, seen) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.random.RandomState):
        return same(a.get_state(), b.get_state(), seen)
    slots = [name for cls in type(a).__mro__ for name in getattr(cls, "__slots__", ())]
    held = [name for name in [*slots, *getattr(a, "__dict__", ())] if name != "__dict__"]
    if held:
        return all(same(getattr(a, n, None), getattr(b, n, None), seen) for n in held)
    return bool(a == b) or (a != a and b != b) or repr(a) == repr(b) or callable(a)


@each_way
@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_stands_for_itself(name, way):
    assert WAYS[way](PUBLIC[name]) is PUBLIC[name]


@each_way
@pytest.mark.parametrize("name", ERRORS)
def test_errors_keep_their_message(name, way):
    error = ERRORS[name]("what went wrong", 3)
    back = WAYS[way](error)
    assert type(back) is type(error)
    assert back.args == error.args


@each_way
@pytest.mark.parametrize("name, what", CASES)
def test_instances_come_back(name, what, way, made):
    value = made(name, what)
    back = WAYS[way](value)
    assert same(value, back)
    if hasattr(value, "predict") and hasattr(value, "best_estimator_"):
        np.testing.assert_array_equal(back.predict(X), value.predict(X))
    optimizer = getattr(back, "optimizer_", back)
    if hasattr(optimizer, "ask") and way != "copy":
        # It goes on as the one that was saved does.
        own = copy.deepcopy(getattr(value, "optimizer_", value))
        assert optimizer.ask(progress=0.9) == own.ask(progress=0.9)


def test_every_public_class_is_made():
    """Who adds a public class adds it to the table."""
    classes = {
        name
        for name, value in PUBLIC.items()
        if inspect.isclass(value) and not inspect.isabstract(value) and name not in ERRORS
    }
    assert classes == INSTANCES.keys()


def test_the_walk_finds_the_packages():
    known = {"sktune", "sktune.exceptions", "sktune.inspection", "sktune.keras"}
    assert known | {"sktune.optimizers", "sktune.space"} <= set(MODULES)


# Keras


def keras_instances(tmp_path):
    from PIL import Image

    from sktune import keras

    images = np.random.default_rng(0).random((12, 8, 8, 1), dtype=np.float32)
    small = {"filters": 2, "dense_units": 2, "epochs": 1, "random_state": 0}
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(2):
            Image.new("L", (8, 8), 40 * i).save(tmp_path / label / f"{i}.png")
    paths = keras.load_image_folder(tmp_path).data
    reader = keras.ImageReader(size=(8, 8), cache_dir=tmp_path / "cache")
    return {
        "CNNClassifier": [
            keras.CNNClassifier(**small),
            keras.CNNClassifier(**small).fit(images, np.arange(12) % 2),
        ],
        "ImageReader": [reader],
        "ImageArray": [reader.fit_transform(paths)],
        "KerasClassifier": [keras.KerasClassifier(model=len)],
        "KerasRegressor": [keras.KerasRegressor(model=len)],
    }


@pytest.mark.slow
def test_keras(tmp_path):
    """All but skops, which does not know what TensorFlow makes."""
    keras = pytest.importorskip("sktune.keras")
    instances = keras_instances(tmp_path)
    classes = {name for name in keras.__all__ if inspect.isclass(getattr(keras, name))}
    assert classes == instances.keys()
    for way in WAYS:
        for name in keras.__all__:
            assert WAYS[way](getattr(keras, name)) is getattr(keras, name)
    for way in WAYS.keys() - {"skops"}:
        for name, values in instances.items():
            for value in values:
                back = WAYS[way](value)
                assert type(back) is type(value), (name, way)
                if hasattr(value, "classes_"):
                    data = np.zeros((2, 8, 8, 1), dtype=np.float32)
                    np.testing.assert_array_equal(
                        back.predict_proba(data), value.predict_proba(data)
                    )
