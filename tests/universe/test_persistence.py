"""Every public object comes back from every way to save it, fitted and not."""

import copy
import functools
import importlib
import inspect
import io
import pickle
import pkgutil
from collections import deque
from enum import Enum

import joblib
import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from scipy.stats._distn_infrastructure import rv_generic
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import sktune
from sktune import (
    AnnealingSearchCV,
    BayesSearchCV,
    GradientSearchCV,
    HyperbandSearchCV,
    ParetoSearchCV,
    best_by_model,
    pareto_front,
)
from sktune.inspection import (
    AnnealingDisplay,
    ComparisonDisplay,
    ConvergenceDisplay,
    EpochCurveDisplay,
    FailureDisplay,
    FoldScoresDisplay,
    GainDisplay,
    ImportanceDisplay,
    PairDisplay,
    ParallelCoordinatesDisplay,
    ParetoDisplay,
    RungDisplay,
    ScoreDependenceDisplay,
    TimelineDisplay,
    TraceDisplay,
    annealing_trace,
    compare_to_default,
    epoch_curves,
    explain_gain,
    explaining_model,
    hyperparameter_importance,
    read_search,
    rung_trace,
    score_dependence,
    search_report,
    search_trace,
)
from sktune.optimizers import (
    AnnealingOptimizer,
    BayesOptimizer,
    Candidate,
    DescentOptimizer,
    Done,
    EarlierScores,
    FreezeThawOptimizer,
    HyperbandOptimizer,
    Objective,
    Observation,
    ParetoOptimizer,
    RandomOptimizer,
    StopReason,
    Suggestion,
)
from sktune.space import PartWeights, SearchSpace, log_randint

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


def begun(kind, **params):
    """An optimiser that has not yet handed out all that it was given."""
    listed = SearchSpace.from_distributions({"a": [1, 2, 3], "b": [None, "x", (0, 1)]})
    optimizer = kind(listed, seed=0, **params)
    optimizer.ask()
    return optimizer


STARTS = [{"a": 3, "b": "x"}, {"a": 2, "b": (0, 1)}, {"a": 1, "b": None}]


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
        self.fit_report_ = {"history": {"val_loss": [1.0, 0.5]}}
        return super().fit(X, y)


def reporting():
    return BayesSearchCV(
        Reporting(max_iter=1000), {"C": loguniform(1e-2, 1e2)}, n_iter=2, cv=3, random_state=0
    ).fit(X, Y)


def stepwise(**params):
    """A search that trains forests tree by tree."""
    return HyperbandSearchCV(
        RandomForestClassifier(n_estimators=9, random_state=0),
        {"max_depth": [1, 2, 4, 8], "max_features": uniform(0.1, 0.9)},
        resource="epochs",
        n_iter=2,
        cv=2,
        random_state=0,
        **params,
    )


def annealed():
    return fitted(AnnealingSearchCV)


CANDIDATE = Candidate(1, {"x": 0.5}, (0.5,), 0, "promotion", 9, 0)


# Instances of the public classes; of errors and warnings there is one without this table.
def explained():
    """Record of a search that can be explained."""
    grid = {"alpha": [0.01, 1.0, 10.0, 100.0], "fit_intercept": [True, False]}
    folds = KFold(3, shuffle=True, random_state=0)
    return read_search(GridSearchCV(Ridge(), grid, cv=folds).fit(X, Y))


def penalties():
    return SearchSpace.from_distributions({"alpha": loguniform(1e-3, 1e3)})


def traded():
    """The front of a search, of its score against its time."""
    return pareto_front(annealed(), ["score", "fit_time"])


TRADE_OFF = ["accuracy", "n_features"]

INSTANCES = {
    "sktune.AnnealingSearchCV": {
        "unfitted": lambda: search(AnnealingSearchCV),
        "fitted": annealed,
        "fitted, with chains": lambda: fitted(AnnealingSearchCV, n_chains=2),
        "fitted, not refitted": lambda: fitted(AnnealingSearchCV, refit=False),
        "fitted, racing": lambda: fitted(AnnealingSearchCV, racing=True),
    },
    "sktune.HyperbandSearchCV": {
        "unfitted": stepwise,
        "fitted": lambda: stepwise().fit(X, Y),
        "fitted, by ranks": lambda: stepwise(strategy="asha").set_params(n_iter=3).fit(X, Y),
        "fitted, by rows": lambda: fitted(HyperbandSearchCV),
    },
    "sktune.BayesSearchCV": {
        "unfitted": lambda: search(BayesSearchCV),
        "fitted": lambda: fitted(BayesSearchCV),
        "fitted, by model": lambda: fitted(BayesSearchCV, refit=best_by_model),
        "fitted, warm": lambda: fitted(BayesSearchCV, warm_start_from=[annealed()]),
        "fitted, in time": lambda: fitted(BayesSearchCV, fit_timeout=1000, max_time=1000),
    },
    "sktune.ParetoSearchCV": {
        "unfitted": lambda: search(ParetoSearchCV, scoring=TRADE_OFF),
        "fitted": lambda: fitted(ParetoSearchCV, scoring=TRADE_OFF),
    },
    "sktune.GradientSearchCV": {
        "unfitted": lambda: GradientSearchCV(Ridge(), {"alpha": loguniform(1e-3, 1e3)}),
        "fitted": lambda: GradientSearchCV(
            Ridge(), {"alpha": loguniform(1e-3, 1e3)}, n_iter=4, cv=3, random_state=0
        ).fit(X, Y),
    },
    "sktune.space.SearchSpace": {"": space},
    "sktune.space.PartWeights": {"": lambda: PartWeights(1e-2, 1e2)},
    "sktune.optimizers.AnnealingOptimizer": {
        "new": lambda: AnnealingOptimizer(space()),
        "in its starts": lambda: begun(AnnealingOptimizer, starts=STARTS),
        "in its grid": lambda: begun(AnnealingOptimizer, run_whole=True),
        "fed": lambda: fed(AnnealingOptimizer),
        "fed, with chains": lambda: fed(AnnealingOptimizer, n_chains=3),
    },
    "sktune.optimizers.BayesOptimizer": {
        "new": lambda: BayesOptimizer(space()),
        "in its starts": lambda: begun(BayesOptimizer, starts=STARTS),
        "in its grid": lambda: begun(BayesOptimizer, run_whole=True),
        "fed": lambda: fed(BayesOptimizer),
    },
    "sktune.optimizers.ParetoOptimizer": {
        "new": lambda: ParetoOptimizer(space(), metrics=["a", "b"], thresholds={"a": 0.5}),
        "in its starts": lambda: begun(ParetoOptimizer, starts=STARTS),
        "fed": lambda: fed(ParetoOptimizer),
    },
    "sktune.optimizers.FreezeThawOptimizer": {
        "new": lambda: FreezeThawOptimizer(space(), rungs=(1, 3)),
        "in its starts": lambda: begun(FreezeThawOptimizer, rungs=(1, 3), starts=STARTS),
        "in its grid": lambda: begun(FreezeThawOptimizer, rungs=(1, 3), run_whole=True),
        "fed": lambda: fed(FreezeThawOptimizer, rungs=(1, 3)),
    },
    "sktune.optimizers.HyperbandOptimizer": {
        "new": lambda: HyperbandOptimizer(space(), rungs=(1, 3)),
        "fed": lambda: fed(HyperbandOptimizer, rungs=(1, 3)),
    },
    "sktune.optimizers.RandomOptimizer": {
        "new": lambda: RandomOptimizer(space()),
        "in its starts": lambda: begun(RandomOptimizer, starts=STARTS),
        "in its grid": lambda: begun(RandomOptimizer, run_whole=True),
        "fed": lambda: fed(RandomOptimizer),
    },
    "sktune.optimizers.DescentOptimizer": {"new": lambda: DescentOptimizer(penalties())},
    "sktune.optimizers.EarlierScores": {
        "": lambda: EarlierScores(np.zeros((2, 4)), np.ones((2, 2))),
    },
    "sktune.optimizers.Candidate": {"": lambda: CANDIDATE},
    "sktune.optimizers.Done": {"": lambda: Done(StopReason.SPACE_EXHAUSTED)},
    "sktune.optimizers.Objective": {"": lambda: Objective("score", 0.25)},
    "sktune.optimizers.Observation": {
        "": lambda: Observation(
            CANDIDATE, {"score": np.array([0.5])}, "complete", np.array([1.0]), ({"": {"n": 1}},)
        ),
    },
    "sktune.optimizers.StopReason": {"": lambda: StopReason.MAX_TIME},
    "sktune.optimizers.Suggestion": {"": lambda: Suggestion(np.zeros(1), "move", 3, 0)},
    "sktune.inspection.SearchRecord": {"": explained},
    "sktune.inspection.Report": {"": lambda: search_report(explained())},
    "sktune.inspection.ParetoFront": {"": traded},
    "sktune.inspection.ParetoDisplay": {"": lambda: ParetoDisplay(traded(), 0, {"score": 0.5})},
    "sktune.inspection.Evaluation": {"": lambda: explained().evaluation},
    "sktune.inspection.ExplainingModel": {"": lambda: explaining_model(explained())},
    "sktune.inspection.Importance": {"": lambda: hyperparameter_importance(explained())},
    "sktune.inspection.ScoreDependence": {"": lambda: score_dependence(explained(), "alpha")},
    "sktune.inspection.Gain": {"": lambda: explain_gain(explained(), 0)},
    "sktune.inspection.Comparison": {"": lambda: compare_to_default(explained(), baseline=0)},
    "sktune.inspection.ConvergenceDisplay": {
        "": lambda: ConvergenceDisplay({"one": [search_trace(annealed())]}, "score", "fits"),
    },
    "sktune.inspection.ImportanceDisplay": {
        "": lambda: ImportanceDisplay(hyperparameter_importance(explained())),
    },
    "sktune.inspection.ScoreDependenceDisplay": {
        "": lambda: ScoreDependenceDisplay(score_dependence(explained(), "alpha")),
    },
    "sktune.inspection.GainDisplay": {"": lambda: GainDisplay(explain_gain(explained(), 0))},
    "sktune.inspection.ComparisonDisplay": {
        "": lambda: ComparisonDisplay({"": compare_to_default(explained(), baseline=0)}),
    },
    "sktune.inspection.ParallelCoordinatesDisplay": {
        "": lambda: ParallelCoordinatesDisplay(explained(), ["alpha"]),
    },
    "sktune.inspection.FoldScoresDisplay": {"": lambda: FoldScoresDisplay(explained(), 3)},
    "sktune.inspection.TimelineDisplay": {"": lambda: TimelineDisplay(explained())},
    "sktune.inspection.PairDisplay": {"": lambda: PairDisplay(explained(), ["alpha"])},
    "sktune.inspection.FailureDisplay": {"": lambda: FailureDisplay(explained())},
    "sktune.inspection.RungTrace": {"": lambda: rung_trace(stepwise().fit(X, Y))},
    "sktune.inspection.RungDisplay": {
        "": lambda: RungDisplay(rung_trace(stepwise().fit(X, Y)), "spent"),
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


def skip_enums(way, value):
    if way == "skops" and isinstance(value, Enum):
        pytest.skip("skops takes members of an enum for strings; no search holds one")


def difference(a, b, where="value", seen=None):
    """Where two objects first differ in the types and values that they hold; None if nowhere."""
    seen = {} if seen is None else seen
    if a is b or (id(a), id(b)) in seen:
        return None
    seen[id(a), id(b)] = a, b  # kept alive, so that no other object gets its id
    if type(a) is not type(b):
        return f"{where}: {type(a)} became {type(b)}"
    mine, other = parts(a), parts(b)
    if mine is None:
        is_same = bool(a == b) or (a != a and b != b)
        return None if is_same else f"{where}: {a!r} became {b!r}"
    if list(mine) != list(other):
        return f"{where}: {list(mine)} became {list(other)}"
    below = (difference(mine[name], other[name], f"{where}.{name}", seen) for name in mine)
    return next((found for found in below if found), None)


def parts(value):
    """What an object consists of, by name, in an order that means something; None if of nothing."""
    if isinstance(value, np.ndarray):
        # Bytes tell nan from nan and 0.0 from -0.0 no less than numbers.
        items = value.tolist() if value.dtype == object else value.tobytes()
        return {"dtype": value.dtype.str, "shape": value.shape, "items": items}
    if isinstance(value, dict):
        own = {f"key {i}": key for i, key in enumerate(value)}
        items = {f"[{key!r}]" if is_plain(key) else i: value[key] for i, key in enumerate(value)}
        return own | items | attributes(value)
    if isinstance(value, list | tuple | deque):
        return dict(enumerate(value)) | attributes(value)
    if isinstance(value, np.random.Generator | np.random.BitGenerator | np.random.RandomState):
        state = value.__getstate__() if isinstance(value, np.random.RandomState) else value
        return {"state": getattr(getattr(state, "bit_generator", state), "state", state)}
    if inspect.ismethod(value):
        return {"function": value.__func__, "self": value.__self__}
    if inspect.isbuiltin(value):
        return {"name": value.__qualname__, "self": value.__self__}
    if inspect.isfunction(value):  # scipy's distributions compile some of their own
        return {"name": value.__qualname__, "code": value.__code__.co_code}
    if isinstance(value, rv_generic):
        # What else they hold is made anew, and compiled, whenever one is copied or read.
        return {"kind": type(value), "made by": value._ctor_param}
    if isinstance(value, functools.partial):
        return {"function": value.func, "args": value.args, "keywords": value.keywords}
    has_value = type(value).__eq__ is not object.__eq__
    return attributes(value) or (None if has_value else {})


def is_plain(key):
    return isinstance(key, str | int | float)


def attributes(value):
    """What stands in the slots and the ``__dict__`` of an object."""
    names = [name for cls in type(value).__mro__ for name in vars(cls).get("__slots__", ())]
    held = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return {**held, **getattr(value, "__dict__", {})}


@each_way
@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_stands_for_itself(name, way):
    skip_enums(way, PUBLIC[name])
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
    skip_enums(way, getattr(value, "reason", value))
    back = WAYS[way](value)
    assert difference(value, back) is None
    if hasattr(value, "predict") and hasattr(value, "best_estimator_"):
        np.testing.assert_array_equal(back.predict(X), value.predict(X))
    optimizer = getattr(back, "optimizer_", back)
    if hasattr(optimizer, "ask") and way != "copy":
        # It goes on as the one that was saved does.
        own = copy.deepcopy(getattr(value, "optimizer_", value))
        assert difference(own.ask(progress=0.9), optimizer.ask(progress=0.9)) is None


def test_every_public_class_is_made():
    """Who adds a public class adds it to the table; a pickle holds nothing of a tracker."""
    classes = {
        name
        for name, value in PUBLIC.items()
        if inspect.isclass(value) and not inspect.isabstract(value) and name not in ERRORS
        if not name.startswith("sktune.callbacks.")
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
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_keras(tmp_path):
    """All but what Keras's models do not know: skops, and the two oldest protocols of pickle."""
    keras = pytest.importorskip("sktune.keras")
    instances = keras_instances(tmp_path)
    classes = {name for name in keras.__all__ if inspect.isclass(getattr(keras, name))}
    assert classes == instances.keys()
    for way in WAYS:
        for name in keras.__all__:
            assert WAYS[way](getattr(keras, name)) is getattr(keras, name)
    for way in WAYS.keys() - {"skops", "pickle 0", "pickle 1"}:
        for name, values in instances.items():
            for value in values:
                back = WAYS[way](value)
                assert type(back) is type(value), (name, way)
                if hasattr(value, "classes_"):
                    data = np.zeros((2, 8, 8, 1), dtype=np.float32)
                    np.testing.assert_array_equal(
                        back.predict_proba(data), value.predict_proba(data)
                    )
