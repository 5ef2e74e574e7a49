"""Derivatives of every model against central differences, at random points."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeClassifier,
)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, LinearSVR

from sktune._hypergradients import (
    UntrustedError,
    _problem,
    complaint,
    evaluate,
    known_model,
    known_names,
)
from tests.universe._sample import IS_WHOLE

# The error that a gradient may have, and the points at which it is tried.
MAX_ERROR = 1e-4
N_POINTS = 20 if IS_WHOLE else 2

# Columns of three parts.
PARTS = {"first": slice(0, 3), "second": slice(3, 7), "third": slice(7, 10)}


def scaled(X):
    return StandardScaler().fit_transform(X)


def two_classes():
    X, y = load_breast_cancer(return_X_y=True)
    return scaled(X)[:, ::3], np.array(["benign", "malign"])[y]


def three_classes():
    X, y = load_wine(return_X_y=True)
    return scaled(X)[:, :10], y


def ten_classes():
    X, y = load_digits(return_X_y=True)
    return X[:300, 20:30] / 16, y[:300]


def numbers():
    X, y = load_diabetes(return_X_y=True)
    return scaled(X), y / 77


def two_targets():
    X, y = numbers()
    return X, np.column_stack([y, X[:, 0] * y])


def without_shift():
    """Columns far from zero, of very different size."""
    X, y = numbers()
    return X * np.logspace(-2, 2, 10) + 30, y + 100


LOG_C = {"C": (1e-4, 1e4)}
LOG_ALPHA = {"alpha": (1e-3, 1e3)}
L1 = {"alpha": (1e-3, 0.3)}
L1_AND_RATIO = {"alpha": (1e-3, 0.5), "l1_ratio": (0.05, 0.95)}

# Model, data, ranges of its parameters. The classes' own defaults, but for LinearSVR, whose
# default loss is not smooth; then each parameter that changes what is minimised.
SMOOTH_TUBE = LinearSVR(loss="squared_epsilon_insensitive")
CASES = {
    "Ridge": (Ridge(), numbers, LOG_ALPHA),
    "Ridge two targets": (Ridge(), two_targets, LOG_ALPHA),
    "Ridge no intercept": (Ridge(fit_intercept=False), without_shift, LOG_ALPHA),
    "Ridge lsqr": (Ridge(solver="lsqr"), numbers, LOG_ALPHA),
    "Ridge odd columns": (Ridge(), without_shift, LOG_ALPHA),
    "LogisticRegression": (LogisticRegression(), two_classes, LOG_C),
    "LogisticRegression three": (LogisticRegression(), three_classes, LOG_C),
    "LogisticRegression ten": (LogisticRegression(), ten_classes, {"C": (1e-3, 1e2)}),
    "LogisticRegression newton": (
        LogisticRegression(solver="newton-cholesky"),
        three_classes,
        LOG_C,
    ),
    "LogisticRegression liblinear": (
        LogisticRegression(solver="liblinear", intercept_scaling=2.0),
        two_classes,
        LOG_C,
    ),
    "LogisticRegression balanced": (
        LogisticRegression(class_weight="balanced", fit_intercept=False),
        two_classes,
        LOG_C,
    ),
    "LogisticRegression weights": (
        LogisticRegression(class_weight={0: 3.0, 1: 1.0, 2: 0.5}),
        three_classes,
        LOG_C,
    ),
    "LinearSVC": (LinearSVC(), two_classes, LOG_C),
    "LinearSVC three": (LinearSVC(intercept_scaling=3.0), three_classes, LOG_C),
    "LinearSVC balanced": (LinearSVC(class_weight="balanced"), three_classes, LOG_C),
    "LinearSVC weights": (
        LinearSVC(class_weight={"benign": 2.0}, fit_intercept=False),
        two_classes,
        LOG_C,
    ),
    "LinearSVR": (SMOOTH_TUBE, numbers, LOG_C),
    "LinearSVR epsilon": (clone(SMOOTH_TUBE).set_params(epsilon=0.4), numbers, LOG_C),
    "Lasso": (Lasso(), numbers, L1),
    "Lasso no intercept": (Lasso(fit_intercept=False), numbers, L1),
    "Lasso two targets": (Lasso(), two_targets, L1),
    "ElasticNet": (ElasticNet(), numbers, L1_AND_RATIO),
    "ElasticNet two targets": (ElasticNet(), two_targets, L1_AND_RATIO),
}


class Fold:
    """Loss and derivatives by the logarithms of all that is tuned, l1_ratio as it is."""

    def __init__(self, case, with_rows=False, as_sparse=None):
        self.model, make_data, self.ranges = CASES[case]
        X, y = make_data()
        rng = np.random.default_rng(len(case))
        order = rng.permutation(len(X))
        train, test = order[::2], order[1::2]
        self.rows = rng.uniform(0.2, 3.0, len(X)) if with_rows else None
        self.data = (X[train], y[train], X[test], y[test])
        self.sample_weight = None if self.rows is None else self.rows[train]
        self.as_sparse = as_sparse or np.asarray
        self.names = [*self.ranges, *PARTS]
        self.rng = rng

    def point(self):
        """A random point: parameters log-uniform in their ranges, weights within a decade."""
        bounds = [
            np.log(self.ranges[n]) if n != "l1_ratio" else self.ranges[n] for n in self.ranges
        ]
        return np.array([*(self.rng.uniform(*b) for b in bounds), *self.rng.uniform(-1.2, 1.2, 3)])

    def __call__(self, point):
        """Loss and derivatives."""
        values = {
            n: v if n == "l1_ratio" else np.exp(v) for n, v in zip(self.names, point, strict=True)
        }
        params = {n: v for n, v in values.items() if n in self.ranges}
        weights = {n: values[n] for n in PARTS}
        X, y, X_test, y_test = self.data
        factors = np.ones(X.shape[1])
        for name, columns in PARTS.items():
            factors[columns] = weights[name]
        model = clone(self.model).set_params(**params)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self.as_sparse(X * factors), y, sample_weight=self.sample_weight)
        found = evaluate(
            model,
            (self.as_sparse(X * factors), y, self.sample_weight),
            (self.as_sparse(X_test * factors), y_test, None),
            PARTS,
            weights,
        )
        gradient = [
            found.gradient[n] * (1.0 if n == "l1_ratio" else params[n]) for n in self.ranges
        ]
        by_part = [g * weights[n] for g, n in zip(found.part_gradient, PARTS, strict=True)]
        return found.loss, np.array([*gradient, *by_part])

    def differences(self, point, step=1e-4):
        """Central differences of the loss, which is that of the optimum itself."""
        unit = np.eye(len(point))
        return np.array(
            [(self(point + step * e)[0] - self(point - step * e)[0]) / (2 * step) for e in unit]
        )


def largest_error(fold):
    """At the random points, relative to the largest derivative of each."""
    errors = []
    for _ in range(N_POINTS):
        point = fold.point()
        expected = fold.differences(point)
        # A kink of the loss between the two sides of a difference is no error of a gradient.
        error = np.abs(fold(point)[1] - expected).max() / np.abs(expected).max()
        if error > MAX_ERROR:
            nearer = fold.differences(point, 2e-5)
            if np.abs(expected - nearer).max() > MAX_ERROR / 2 * np.abs(nearer).max():
                continue
        errors.append(error)
    assert len(errors) >= N_POINTS // 2
    return max(errors)


# Those of a second and more.
LONG = {"LogisticRegression ten", "LogisticRegression three", "LogisticRegression newton"}


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] * (c in LONG)) for c in CASES]
)
def test_central_differences(case):
    assert largest_error(Fold(case)) < MAX_ERROR


WEIGHTED = ["Ridge", "LogisticRegression weights", "LinearSVC balanced", "LinearSVR", "ElasticNet"]


@pytest.mark.parametrize("case", WEIGHTED)
def test_sample_weight(case):
    assert largest_error(Fold(case, with_rows=True)) < MAX_ERROR


# The centre of sparse columns is not taken away, so intercepts are what is tried here.
SPARSE = ["Ridge", "LogisticRegression three", "LinearSVC three", "ElasticNet"]


@pytest.mark.parametrize("as_sparse", [csr_matrix, csr_array])
@pytest.mark.parametrize("case", SPARSE)
def test_sparse_is_as_dense(case, as_sparse):
    dense, sparse = Fold(case), Fold(case, as_sparse=as_sparse)
    for _ in range(3):
        point = dense.point()
        expected, found = dense(point), sparse(point)
        assert_allclose(found[0], expected[0], rtol=1e-6)
        assert_allclose(found[1], expected[1], atol=MAX_ERROR * np.abs(expected[1]).max())


@pytest.mark.parametrize("case", SPARSE)
def test_conjugate_gradients_are_as_good(case, monkeypatch):
    fold = Fold(case)
    points = [fold.point() for _ in range(3)]
    expected = [fold(point)[1] for point in points]
    monkeypatch.setattr(_problem, "MAX_DIRECT", 0)
    for point, slopes in zip(points, expected, strict=True):
        assert_allclose(fold(point)[1], slopes, atol=MAX_ERROR * np.abs(slopes).max())


def test_weights_are_penalties_of_groups():
    # The minimum with a penalty for each group, found without any of ours.
    X, y = numbers()
    alphas = np.repeat([3.0, 40.0, 0.5], [3, 4, 3])
    centred = X - X.mean(axis=0)
    expected = np.linalg.solve(centred.T @ centred + np.diag(alphas), centred.T @ (y - y.mean()))
    weights = 1 / np.sqrt(alphas)
    model = Ridge(alpha=1.0).fit(X * weights, y)
    assert_allclose(model.coef_ * weights, expected)


@pytest.mark.parametrize("case", ["LogisticRegression", "LinearSVC", "SmoothTube"])
def test_a_poor_fit_is_repaired(case):
    models = {
        "LogisticRegression": LogisticRegression(tol=0.1, max_iter=3),
        "LinearSVC": LinearSVC(tol=1.0, max_iter=1, random_state=0),
        "SmoothTube": clone(SMOOTH_TUBE).set_params(max_iter=1, random_state=0),
    }
    X, y = numbers() if case == "SmoothTube" else two_classes()
    data = (X[::2], y[::2], None), (X[1::2], y[1::2], None)
    poor = clone(models[case])
    close = clone(poor).set_params(tol=1e-12, max_iter=100_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        poor.fit(*data[0][:2])
    close.fit(*data[0][:2])
    found, expected = evaluate(poor, *data), evaluate(close, *data)
    assert not np.allclose(poor.coef_, close.coef_, rtol=1e-3)
    assert_allclose(found.gradient["C"], expected.gradient["C"], rtol=MAX_ERROR)


def test_a_support_that_is_wrong_is_found_again():
    X, y = numbers()
    data = (X[::2], y[::2], None), (X[1::2], y[1::2], None)
    right = Lasso(alpha=0.02).fit(*data[0][:2])
    wrong = clone(right).fit(*data[0][:2])
    wrong.coef_ = np.where(wrong.coef_ == 0, 0.1, 0.0)
    assert evaluate(wrong, *data).gradient["alpha"] == pytest.approx(
        evaluate(right, *data).gradient["alpha"], rel=1e-6
    )


def test_a_gradient_that_cannot_be_trusted_is_refused():
    X, y = two_classes()
    model = LogisticRegression().fit(X, y)
    model.coef_ = np.full_like(model.coef_, np.nan)
    with pytest.raises(UntrustedError, match="not finite"):
        evaluate(model, (X, y, None), (X, y, None))


def test_a_linear_system_that_is_not_solved_is_refused(monkeypatch):
    monkeypatch.setattr(_problem, "MAX_DIRECT", 0)
    monkeypatch.setattr(_problem, "MAX_CG_STEPS", 2)
    X, y = numbers()
    with pytest.raises(UntrustedError, match="could not be solved"):
        evaluate(Ridge(alpha=1e-3).fit(X, y), (X, y, None), (X, y, None))


# What is known


@pytest.mark.parametrize(
    "model, message",
    [
        (SVC(), "SVC has no gradient; those with one are Ridge, LogisticRegression"),
        (RidgeClassifier(), "RidgeClassifier has no gradient"),
        (LogisticRegressionCV(), "LogisticRegressionCV has no gradient"),
        (Ridge(positive=True), "positive=True"),
        (Ridge(alpha=[1.0, 2.0]), "an array as alpha"),
        (LogisticRegression(penalty="l1", solver="liblinear"), "its penalty is not L2"),
        (LogisticRegression(C=np.inf), "its penalty is not L2"),
        (LinearSVC(loss="hinge"), "loss='hinge' has no gradient, set loss='squared_hinge'"),
        (LinearSVC(multi_class="crammer_singer"), "multi_class='crammer_singer'"),
        (LinearSVR(), "loss='epsilon_insensitive' has no gradient"),
        (ElasticNet(positive=True), "positive=True"),
        (ElasticNet(l1_ratio=0), "l1_ratio=0 has no L1 penalty"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_has_no_gradient_says_why(model, message):
    assert message in complaint(model)


def test_what_is_tuned_must_have_a_gradient():
    assert complaint(Ridge(), ["alpha"]) is None
    assert complaint(Ridge(alpha=[1.0, 2.0]), ["alpha"]) is None
    assert "no gradient by 'tol', only by 'alpha'" in complaint(Ridge(), ["alpha", "tol"])
    assert "take ElasticNet" in complaint(Lasso(), ["l1_ratio"])
    assert complaint(LogisticRegression(C=np.inf), ["C"]) is None


def test_a_subclass_is_known_by_the_way_it_is_fitted():
    class Renamed(Ridge):
        pass

    class Changed(Ridge):
        def fit(self, X, y, sample_weight=None):
            return super().fit(X, -y, sample_weight)

    assert known_model(Renamed()) is known_model(Ridge())
    assert known_model(Changed()) is None


def test_every_known_class_is_compared_with_differences():
    tried = {type(model).__name__ for model, _, _ in CASES.values()}
    assert tried == set(known_names())
