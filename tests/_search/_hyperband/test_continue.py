"""Training in steps: what it gives is what one training gives."""

import inspect
import pickle
import warnings
from typing import ClassVar

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.base import clone, is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.svm import SVC
from sklearn.utils import all_estimators

from sktune._search._hyperband._continue import StepwiseFit, Way, stops_early, way_of
from tests.universe._estimators import build, data_for

FEW, ALL = 2, 5


def trained(estimator, resource, X, y, start=None, **params):
    """A clone, trained as a fold is, and the state as another process would have it."""
    estimator = clone(estimator)
    fit = StepwiseFit(estimator, resource, start)
    estimator.fit(X, y, **params)
    assert "fit" not in vars(estimator)
    return estimator, None if fit.way is Way.ANEW else pickle.loads(pickle.dumps(fit.state()))


def in_steps(estimator, X, y, **params):
    _, start = trained(estimator, FEW, X, y, **params)
    return trained(estimator, ALL, X, y, start, **params)[0]


def outputs(estimator, X):
    """What a fitted estimator says of rows."""
    names = ("predict_proba", "decision_function", "predict", "transform", "score_samples")
    found = {name: getattr(estimator, name)(X) for name in names if hasattr(estimator, name)}
    return {k: v.toarray() if hasattr(v, "toarray") else v for k, v in found.items()}


def assert_same(a, b, X):
    ours, theirs = outputs(a, X), outputs(b, X)
    assert ours.keys() == theirs.keys() != set()
    for name, values in ours.items():
        assert_array_equal(values, theirs[name], err_msg=name)


def _continued():
    """Estimators of scikit-learn that are trained on, by their names."""
    found = {}
    for name, kind in all_estimators():
        estimator = build(kind)
        if estimator is None or way_of(estimator) in (None, Way.ANEW):
            continue
        own = estimator.get_params(deep=False)
        fixed = {"random_state": 0, "early_stopping": False}
        estimator.set_params(**{key: value for key, value in fixed.items() if key in own})
        if "estimator" in own and way_of(own["estimator"]) is not Way.PARTIAL_FIT:
            continue  # it can be trained on only as far as what it holds
        if hasattr(estimator, "score"):  # else it cannot be searched by itself
            found[name] = estimator
    return found


CONTINUED = _continued()


@pytest.mark.parametrize("name", CONTINUED)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_steps_give_what_one_training_gives(name):
    estimator = CONTINUED[name]
    data = data_for(estimator)
    if data is None:
        pytest.skip(f"{name} takes none of our data")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        steps = in_steps(estimator, *data)
        whole = trained(estimator, ALL, *data)[0]
        assert_same(steps, whole, data[0])
    assert whole.get_params().keys() == estimator.get_params().keys()


@pytest.mark.parametrize(
    "name", [n for n, e in CONTINUED.items() if way_of(e) is Way.GROW and data_for(e) is not None]
)
def test_ensembles_that_grow_are_those_that_scikit_learn_fits(name):
    estimator = CONTINUED[name]
    X, y = data_for(estimator)
    counter = "n_estimators" if hasattr(estimator, "n_estimators") else "max_iter"
    steps = in_steps(estimator, X, y)
    assert_same(steps, clone(estimator).set_params(**{counter: ALL}).fit(X, y), X)
    assert getattr(steps, counter) == ALL
    assert steps.warm_start is False


def _digits(n=120):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 5))
    return X, (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("options", [{}, {"solver": "sgd", "learning_rate": "adaptive"}])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_in_steps_is_the_one_that_scikit_learn_fits(kind, options):
    X, y = _digits()
    # Its fit shuffles the order of the epoch before, its partial_fit that of the data.
    estimator = kind(
        hidden_layer_sizes=8,
        batch_size=20,
        shuffle=False,
        random_state=3,
        n_iter_no_change=1000,
        **options,
    )
    whole = clone(estimator).set_params(max_iter=ALL).fit(X, y)
    assert_same(in_steps(estimator, X, y), whole, X)


class Doubling(StandardScaler):
    """Gives other rows while it is fitted than later."""

    def fit_transform(self, X, y=None, **params):
        return 2 * super().fit_transform(X, y)


class Counting(StandardScaler):
    """Counts its fits."""

    n_fits = 0

    def fit(self, X, y=None, sample_weight=None):
        Counting.n_fits += 1
        return super().fit(X, y, sample_weight)


class Watched(SGDClassifier):
    """Remembers what its generator gives at each call."""

    seeds: ClassVar[list[int]] = []

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        Watched.seeds.append(self.random_state.randint(1000))
        return super().partial_fit(X, y, classes, sample_weight)


# From scikit-learn 1.9 on the folds are given, before that their seed.
IS_SEEDED = inspect.signature(TargetEncoder).parameters["random_state"].default is None
FOLDS = {"random_state": 0} if IS_SEEDED else {"cv": KFold(3, shuffle=True, random_state=0)}

FRONTS = {
    "scaled": lambda: [StandardScaler()],
    "nothing before": lambda: [],
    "passed through": lambda: ["passthrough", StandardScaler()],
    "cross-fitted": lambda: [TargetEncoder(**FOLDS)],
    "other rows": lambda: [Doubling()],
}


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize(
    "last", [SGDClassifier(random_state=0), RandomForestClassifier(random_state=0)], ids=["a", "b"]
)
def test_the_last_step_of_a_pipeline(front, last):
    X, y = _digits()
    X = np.round(X)
    pipeline = make_pipeline(*FRONTS[front](), last)
    steps = in_steps(pipeline, X, y)
    assert_same(steps, trained(pipeline, ALL, X, y)[0], X)
    if way_of(last) is Way.GROW:
        name = f"{pipeline.steps[-1][0]}__n_estimators"
        assert_same(steps, clone(pipeline).set_params(**{name: ALL}).fit(X, y), X)
    assert [name for name, _ in steps.steps] == [name for name, _ in pipeline.steps]
    assert [type(s) for _, s in steps.steps] == [type(s) for _, s in pipeline.steps]


def test_other_steps_are_fitted_once_and_only_odd_rows_are_kept():
    X, y = _digits()
    Counting.n_fits = 0
    _, start = trained(make_pipeline(Counting(), SGDClassifier(random_state=0)), FEW, X, y)
    assert start.rows is None
    trained(make_pipeline(Counting(), SGDClassifier(random_state=0)), ALL, X, y, start)
    assert Counting.n_fits == 1
    _, start = trained(make_pipeline(Doubling(), SGDClassifier(random_state=0)), FEW, X, y)
    assert start.rows.shape == X.shape


@pytest.mark.parametrize("is_pipeline", [False, True])
def test_parameters_of_fit_reach_every_step_of_training(is_pipeline):
    X, y = _digits()
    weight = np.linspace(0, 1, len(y))
    estimator, params = SGDClassifier(random_state=0), {"sample_weight": weight}
    if is_pipeline:
        estimator = make_pipeline(StandardScaler(), estimator)
        params = {"sgdclassifier__sample_weight": weight}
    steps = in_steps(estimator, X, y, **params)
    assert_same(steps, trained(estimator, ALL, X, y, **params)[0], X)
    assert (
        outputs(steps, X)["decision_function"]
        != outputs(in_steps(estimator, X, y), X)["decision_function"]
    ).any()


def test_sparse_rows_and_several_outputs():
    X, y = _digits()
    sparse = csr_matrix(np.round(X))
    assert_same(
        in_steps(SGDClassifier(random_state=0), sparse, y),
        trained(SGDClassifier(random_state=0), ALL, sparse, y)[0],
        sparse,
    )
    several = np.column_stack([y, 1 - y])
    network = MLPClassifier(4, random_state=0)
    assert in_steps(network, X, several).predict(X).shape == several.shape


def test_an_epoch_that_is_not_the_first_shuffles_otherwise():
    # With one number as seed at each call, every epoch would see the rows in the same order.
    X, y = _digits()
    Watched.seeds.clear()
    fitted, _ = trained(Watched(random_state=0), ALL, X, y)
    assert len(set(Watched.seeds)) == ALL
    assert fitted.random_state == 0


def test_a_solver_that_forgets_begins_anew():
    X, y = _digits()
    estimator = LogisticRegression(warm_start=True)
    assert way_of(estimator) is Way.ANEW
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        anew, state = trained(estimator, 3, X, y)
    assert state is None
    assert anew.n_iter_ == 3


@pytest.mark.parametrize(
    "estimator, way",
    [
        (SVC(), Way.ANEW),
        (StandardScaler(), Way.PARTIAL_FIT),
        (MLPClassifier(solver="lbfgs"), Way.ANEW),
        (make_pipeline(StandardScaler(), "passthrough"), None),
        (TargetEncoder(), None),
    ],
)
def test_ways(estimator, way):
    assert way_of(estimator) is way
    if way is None:
        with pytest.raises(ValueError, match="cannot be trained in epochs"):
            trained(estimator, 1, np.ones((3, 1)), [0, 1, 1])


@pytest.mark.parametrize("labels", [[0, 1], ["a", "b"]])
@pytest.mark.parametrize("kind", [SGDClassifier, Perceptron])
def test_classes_are_balanced_as_in_a_fit(kind, labels):
    X, y = _digits()
    y = np.array(labels)[(X[:, 0] > 1).astype(int)]
    balanced = kind(class_weight="balanced", shuffle=False, random_state=0)
    steps = in_steps(balanced, X, y)
    assert steps.class_weight == "balanced"
    whole = clone(balanced).set_params(max_iter=ALL, tol=None).fit(X, y)
    np.testing.assert_allclose(steps.coef_, whole.coef_)


def test_weights_of_classes_do_not_warn_at_each_rung():
    X, y = _digits()
    forest = RandomForestClassifier(class_weight="balanced", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps = in_steps(forest, X, y)
    assert_same(steps, clone(forest).set_params(n_estimators=ALL).fit(X, y), X)


def test_who_stops_early():
    found = {}
    for name, kind in all_estimators():
        estimator = build(kind)
        own = {} if estimator is None else estimator.get_params(deep=False)
        if "early_stopping" in own:
            estimator.set_params(early_stopping=True)
        elif "n_iter_no_change" in own:
            estimator.set_params(n_iter_no_change=3)
        else:
            assert estimator is None or stops_early(estimator, 10**6) is None
            continue
        found[name] = stops_early(estimator, 100)
        assert is_classifier(estimator) or name.endswith(("Regressor", "Perceptron"))
    assert set(found.values()) == {"early_stopping", "n_iter_no_change"}
    assert {n for n, p in found.items() if p == "n_iter_no_change"} == {
        "GradientBoostingClassifier",
        "GradientBoostingRegressor",
    }
