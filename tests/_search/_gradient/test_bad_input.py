"""What a search by gradients refuses, before any fit, and what it says instead."""

from unittest import mock

import numpy as np
import pytest
from scipy.stats import expon, loguniform, norm, randint, uniform
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC

from sktune import GradientSearchCV
from sktune.exceptions import InvalidSpaceError, PartWeightsWarning
from sktune.space import PartWeights

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 6)), RNG.standard_normal(40)
ALPHA = loguniform(1e-2, 1e2)
WEIGHTS = "parts__transformer_weights"


def parts(*after, n=2):
    blocks = [(f"p{i}", StandardScaler(), [i]) for i in range(n)]
    steps = [("parts", ColumnTransformer(blocks)), *after, ("ridge", Ridge())]
    return Pipeline(steps)


def nested():
    inner = FeatureUnion([("a", StandardScaler()), ("b", PCA(1))])
    outer = ColumnTransformer([("inner", inner, [0, 1]), ("other", StandardScaler(), [2])])
    return Pipeline([("parts", outer), ("ridge", Ridge())])


BOTH = {"ridge__alpha": ALPHA, WEIGHTS: PartWeights()}
CASES = {
    "estimator": (SVC(), {"C": ALPHA}, "SVC has no gradient; those with one are Ridge, Log"),
    "step": (make_pipeline(SVC()), {"svc__C": ALPHA}, "last step of the Pipeline: SVC has no"),
    "wrapped": (
        TransformedTargetRegressor(Ridge()),
        {"regressor__alpha": ALPHA},
        "TransformedTargetRegressor has no gradient",
    ),
    "loss": (LinearSVC(loss="hinge"), {"C": ALPHA}, "loss='hinge' has no gradient, set loss="),
    "penalty": (
        LogisticRegression(C=np.inf),
        {"C": [np.inf]},
        "LogisticRegression with C=inf has no gradient: its penalty is not L2",
    ),
    "setting of Lasso": (Lasso(), {"tol": ALPHA}, "of Lasso those with one are 'alpha', and Part"),
    "model in the space": (
        Pipeline([("ridge", Ridge())]),
        {"ridge": [Ridge(positive=True)], "ridge__alpha": ALPHA},
        "The last step of the Pipeline: Ridge with positive=True has no gradient",
    ),
    "kernel in the space": (
        Pipeline([("ridge", Ridge())]),
        {"ridge": [KernelRidge()], "ridge__alpha": ALPHA},
        "The last step of the Pipeline: KernelRidge has no gradient",
    ),
    "scaler in the space": (
        parts(("scale", "passthrough")),
        {**BOTH, "scale": [StandardScaler()]},
        r"Step 'scale' \(StandardScaler\) stands between",
    ),
    "parts in the space": (
        parts(),
        {**BOTH, "parts": [FeatureUnion([("a", StandardScaler()), ("b", PCA(1))])]},
        "'parts__transformer_weights' has PartWeights for 'p0', 'p1', but with what param_distr",
    ),
    "no such step": (
        parts(),
        {"part__transformer_weights": PartWeights()},
        "'part__transformer_weights' has PartWeights, but Pipeline has no 'part'",
    ),
    "own weights": (
        parts().set_params(parts__transformer_weights={"p0": "much"}),
        BOTH,
        "Part 'p0' of 'parts__transformer_weights' has the weight 'much'",
    ),
    "kernel": (
        Ridge(),
        {"alpha": ALPHA, "solver": ["svd", "lsqr"]},
        "'solver' has no gradient; of",
    ),
    "components": (
        make_pipeline(PCA(), Ridge()),
        {"pca__n_components": randint(1, 4)},
        "'pca__n_components' has no gradient; of Ridge those with one are 'alpha', and PartWeights",
    ),
    "list": (
        Ridge(),
        {"alpha": [1.0, 10.0]},
        "must be a continuous .*; got one of 1.0, 10",
    ),
    "integers": (Ridge(), {"alpha": randint(1, 9)}, "continuous distribution"),
    "no end": (Ridge(), {"alpha": expon()}, "must have a distribution with two ends"),
    "no ends": (Ridge(), {"alpha": norm()}, "must have a distribution with two ends"),
    "negative": (
        Ridge(),
        {"alpha": uniform(-1, 3)},
        "'alpha' must be positive; got a number",
    ),
    "ratio": (ElasticNet(), {"l1_ratio": uniform(0.5, 1)}, "'l1_ratio' must be between 0 and 1"),
    "lasso": (Lasso(), {"l1_ratio": uniform(0.1, 0.5)}, "which Lasso does not take"),
    "no l1": (ElasticNet(l1_ratio=0), {"alpha": ALPHA}, "l1_ratio=0 has no L1 penalty"),
    "no l1 set": (ElasticNet(), {"alpha": ALPHA, "l1_ratio": [0.0]}, "l1_ratio=0 has no L1"),
    "nothing": (Ridge(), {"alpha": [1.0]}, "has nothing that varies"),
    "branches": (Ridge(), [{"alpha": ALPHA}, {"alpha": [1.0]}], "must be one dict"),
    "no parts": (
        make_pipeline(StandardScaler(), Ridge()),
        {"standardscaler__transformer_weights": PartWeights()},
        "StandardScaler has no parts",
    ),
    "one part": (parts(n=1), BOTH, "one part only, 'p0': tune the penalty of the model instead"),
    "scaler": (
        parts(("scale", StandardScaler())),
        BOTH,
        r"Step 'scale' \(StandardScaler\) stands between .*Do it inside the parts",
    ),
    "pca": (parts(("skip", "passthrough"), ("mix", PCA(2))), BOTH, r"Step 'mix' \(PCA\) stands"),
    "normaliser": (parts(("norm", Normalizer())), BOTH, r"Step 'norm' \(Normalizer\)"),
    "nested": (
        nested(),
        {"parts__inner__transformer_weights": PartWeights()},
        "'parts__inner__transformer_weights' has no gradient: a ColumnTransformer or FeatureUnion",
    ),
    "weights in a list": (parts(), {WEIGHTS: [None, {"p0": 2.0}]}, "has no gradient"),
}


def no_fit(*args, **kwargs):
    pytest.fail("a fit was spent")


@pytest.mark.parametrize("case", CASES)
def test_refused_before_any_fit(case):
    estimator, space, message = CASES[case]
    search = GradientSearchCV(estimator, space)
    y = Y > 0 if case in ("penalty", "loss", "estimator", "step") else Y
    with (
        mock.patch("sktune._search._fold.fit_and_score", no_fit),
        mock.patch.object(StandardScaler, "fit", no_fit),
        pytest.raises(InvalidSpaceError, match=message) as caught,
    ):
        search.fit(X, y)
    if "has no gradient" in message:
        assert "BayesSearchCV" in str(caught.value)


@pytest.mark.parametrize("ratio", [0, 1, 0.0, 1.0])
def test_a_start_at_an_end_of_l1_ratio(ratio):
    space = {"alpha": ALPHA, "l1_ratio": uniform(0, 1)}
    start = {"alpha": 1.0, "l1_ratio": ratio}
    search = GradientSearchCV(ElasticNet(), space, initial_params=[start])
    with pytest.raises(
        InvalidSpaceError, match=rf"initial_params\[0\]: 'l1_ratio' is {float(ratio)}"
    ):
        search.fit(X, Y)


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_an_own_l1_ratio_at_an_end_is_tried_and_left():
    space = {"alpha": loguniform(1e-3, 1e-1), "l1_ratio": uniform(0, 1)}
    found = GradientSearchCV(ElasticNet(0.01, l1_ratio=1.0), space, n_iter=4, cv=3).fit(X, Y)
    ratios = [params["l1_ratio"] for params in found.cv_results_["params"]]
    assert ratios[0] == 1.0
    assert all(0 < ratio < 1 for ratio in ratios[1:])


def test_auto_of_what_has_no_gradient():
    with pytest.raises(InvalidSpaceError, match=r"SVC has no gradient.*BayesSearchCV"):
        GradientSearchCV(SVC(), "auto").fit(X, Y > 0)


def test_classes_that_are_missing_in_a_fold():
    y = np.repeat(["a", "b", "c", "d"], 10)
    search = GradientSearchCV(LogisticRegression(), {"C": ALPHA}, cv=KFold(4))
    with pytest.raises(ValueError, match="training part of split 0 has no rows of 'a'"):
        search.fit(X, y)


def test_liblinear_with_three_classes():
    y = np.arange(40) % 3
    search = GradientSearchCV(LogisticRegression(solver="liblinear"), {"C": ALPHA}, cv=2)
    with (
        mock.patch("sktune._search._fold.fit_and_score", no_fit),
        pytest.raises(ValueError, match="more than two classes, set solver='lbfgs'"),
    ):
        search.fit(X, y)


def test_numbers_as_labels_are_refused_by_the_model():
    search = GradientSearchCV(LogisticRegression(), {"C": ALPHA}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="Unknown label type"):
        search.fit(X, Y)


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_more_than_eight_parts_warn():
    wide = np.random.default_rng(0).standard_normal((40, 9))
    search = GradientSearchCV(parts(n=9), BOTH, n_iter=2, cv=2, check_parts=False)
    with pytest.warns(PartWeightsWarning, match="has 9 weights") as caught:
        search.fit(wide, Y)
    assert len(caught) == 1


@pytest.mark.parametrize("name", ["racing", "constraint", "conditions", "stop_when_converged"])
def test_parameters_without_a_meaning_are_not_there(name):
    with pytest.raises(TypeError, match=name):
        GradientSearchCV(Ridge(), {"alpha": ALPHA}, **{name: True})


def test_bad_check_parts():
    with pytest.raises(ValueError, match="'check_parts' parameter"):
        GradientSearchCV(Ridge(), {"alpha": ALPHA}, check_parts="yes").fit(X, Y)


@pytest.mark.filterwarnings("ignore::sktune.exceptions.PartWeightsWarning")
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_parts_without_columns_and_dropped_ones():
    union = ColumnTransformer(
        [
            ("a", StandardScaler(), [0, 1]),
            ("gone", "drop", [2]),
            ("none", StandardScaler(), lambda X: []),
            ("kept", "passthrough", [3, 4]),
        ]
    )
    pipeline = Pipeline([("parts", union), ("ridge", Ridge())])
    found = GradientSearchCV(pipeline, BOTH, cv=3, n_iter=6).fit(X, Y)
    weights = [params[WEIGHTS] for params in found.cv_results_["params"]]
    assert all(set(each) == {"a", "none", "kept"} for each in weights)
    # What has no columns has no slope.
    assert np.allclose([each["none"] for each in weights], 1.0)
