"""``PartWeights``: a dimension for each part, one dict outside."""

import warnings

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sktune.exceptions import InvalidSpaceError, InvalidSpaceTypeError, PartWeightsWarning
from sktune.space import PartWeights, SearchSpace

pd = pytest.importorskip("pandas")

NAME = "parts__transformer_weights"


def union(*names, **kwargs):
    return FeatureUnion([(name, StandardScaler()) for name in names], **kwargs)


def pipeline(parts):
    return Pipeline([("parts", parts), ("ridge", Ridge())])


def space_of(parts, weights=None, **others):
    return SearchSpace.from_distributions(
        {NAME: weights or PartWeights(), **others}, estimator=pipeline(parts)
    )


def names_of(space):
    return [dimension.name for dimension in space.dimensions]


def test_a_dimension_for_each_part():
    space = space_of(union("b", "a"), ridge__alpha=loguniform(1e-3, 1e3))
    assert names_of(space) == [f"{NAME}[a]", f"{NAME}[b]", "ridge__alpha"]
    (setting,) = space.inverse_transform([0.5, 0.5, 0.5])
    assert list(setting) == [NAME, "ridge__alpha"]
    assert list(setting[NAME]) == ["b", "a"]
    assert setting[NAME] == pytest.approx({"a": 1.0, "b": 1.0})
    pipeline(union("b", "a")).set_params(**setting)


def test_round_trip():
    space = space_of(union("a", "b", "c"), PartWeights(1e-2, 50.0), ridge__alpha=[1.0, 2.0])
    points = space.sample(20, np.random.default_rng(0))
    settings = space.inverse_transform(points)
    np.testing.assert_allclose(space.transform(settings), points)
    for setting, point in zip(settings, points, strict=True):
        assert space.held(setting) == setting
        assert not space.beyond(setting)
        assert space.setting_in({**setting, "other": 3}) == setting
        assert space.key(space.transform([setting])[0]) == space.key(point)


def test_unset_weights_are_one():
    space = space_of(union("a", "b"))
    for given in (None, {}, {"a": 1.0}, {"b": 1.0, "a": 1.0}):
        assert space.setting_in({NAME: given}) == {NAME: {"a": 1.0, "b": 1.0}}
    assert space.setting_in({NAME: {"a": 1e9}}) is None


def test_weights_that_are_set_are_multiplied():
    space = space_of(union("a", "b", transformer_weights={"a": 20.0}), PartWeights(0.1, 10.0))
    (setting,) = space.inverse_transform([0.5, 0.5])
    assert setting[NAME] == pytest.approx({"a": 20.0, "b": 1.0})
    assert space.setting_in({NAME: {"a": 20.0}}) == {NAME: {"a": 20.0, "b": 1.0}}


@pytest.mark.parametrize(
    "setting, message",
    [
        ({NAME: {"a": 1.0, "c": 1.0}}, r"\[c\]' is not searched"),
        ({NAME: {"a": 1e9}}, r"\[a\]' is 1000000000.0, but must be a number from 0.001 to 1000"),
        ({NAME: {"a": "x"}}, r"\[a\]' is 'x', but must be"),
        ({NAME: 3.0}, "no value for"),
    ],
)
def test_settings_outside_the_space(setting, message):
    with pytest.raises(InvalidSpaceError, match=message):
        space_of(union("a", "b")).held(setting)


def test_constraint_is_given_the_dict():
    seen = []

    def constraint(params):
        seen.append(params)
        return params[NAME]["a"] > params[NAME]["b"]

    space = SearchSpace.from_distributions(
        {NAME: PartWeights()}, constraint, estimator=pipeline(union("a", "b"))
    )
    points = space.sample(10, np.random.default_rng(0))
    assert (points[:, 0] > points[:, 1]).all()
    assert all(set(params[NAME]) == {"a", "b"} for params in seen)


def test_branches():
    space = SearchSpace.from_distributions(
        [{NAME: PartWeights(), "ridge__alpha": [1.0]}, {"ridge__alpha": [2.0, 3.0]}],
        estimator=pipeline(union("a", "b")),
    )
    points = space.sample(20, np.random.default_rng(0))
    settings = space.inverse_transform(points)
    np.testing.assert_allclose(space.transform(settings), points)
    assert {tuple(setting) for setting in settings} == {(NAME, "ridge__alpha"), ("ridge__alpha",)}
    assert len({space.key(point) for point in points}) > 5


@pytest.mark.parametrize("values", [[None, {"a": 2.0, "b": 1.0}], [{"a": 2.0}], uniform()])
def test_weights_in_one_dict_and_other_values_in_another(values):
    branches = [{NAME: PartWeights()}, {NAME: values, "ridge__alpha": [2.0, 3.0]}]
    for given in (branches, branches[::-1]):
        with pytest.raises(InvalidSpaceError, match="PartWeights in one dict and other values"):
            SearchSpace.from_distributions(given, estimator=pipeline(union("a", "b")))


X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 5.0], "b": [0.0, 1.0, 0.0, 2.0], "c": list("xyxy")})


@pytest.mark.parametrize(
    "parts, names",
    [
        (
            ColumnTransformer(
                [
                    ("numbers", StandardScaler(), ["a"]),
                    ("gone", "drop", ["b"]),
                    ("empty", StandardScaler(), []),
                    ("masked", StandardScaler(), [False, False, False]),
                    ("kept", "passthrough", ["b"]),
                ]
            ),
            ["numbers", "kept"],
        ),
        (
            ColumnTransformer([("words", OneHotEncoder(), ["c"])], remainder=StandardScaler()),
            ["words", "remainder"],
        ),
        (
            ColumnTransformer(
                [
                    ("numbers", StandardScaler(), make_column_selector(dtype_include=float)),
                    ("one", PCA(1), lambda X: ["a", "b"]),
                ]
            ),
            ["numbers", "one"],
        ),
        (
            FeatureUnion(
                [
                    ("raw", FunctionTransformer(lambda X: X[["a", "b"]])),
                    ("gone", "drop"),
                    ("pca", make_pipeline(FunctionTransformer(lambda X: X[["a", "b"]]), PCA(1))),
                ]
            ),
            ["raw", "pca"],
        ),
    ],
    ids=["dropped and empty", "remainder", "selectors", "union"],
)
def test_parts_and_what_weights_do(parts, names):
    space = space_of(parts)
    assert names_of(space) == sorted(f"{NAME}[{name}]" for name in names)
    weights = dict(zip(names, (0.5, 4.0), strict=True))
    setting = space.held({NAME: weights})
    weighted = pipeline(parts).set_params(**setting)[0].fit_transform(X)
    plain = pipeline(parts).set_params(**{NAME: None})[0].fit_transform(X)
    ratios = np.asarray(weighted, dtype=float) / np.where(plain == 0, 1.0, plain)
    assert set(np.round(ratios[plain != 0], 9)) == {0.5, 4.0}


# Bad input


@pytest.mark.parametrize(
    "ends, error",
    [
        ((0, 10), "0 < low < 1 < high, got 0 and 10"),
        ((-1.0, 10), "got -1.0"),
        ((2.0, 10), "got 2.0"),
        ((0.1, 1.0), "got 0.1 and 1.0"),
        ((0.1, np.inf), "got 0.1 and inf"),
        ((np.nan, 3), "got nan"),
        (("a", 3), "takes two numbers, got"),
        ((True, 3), "takes two numbers, got"),
    ],
)
def test_bad_ends(ends, error):
    with pytest.raises(InvalidSpaceError, match=error) as caught:
        PartWeights(*ends)
    assert isinstance(caught.value, InvalidSpaceTypeError) == ("two numbers" in error)


@pytest.mark.parametrize(
    "name, estimator, message",
    [
        ("ridge__alpha", pipeline(union("a", "b")), "PartWeights, which are for 'transformer_w"),
        (NAME, None, "give the estimator"),
        (NAME, pipeline(union("a")), "FeatureUnion has one part only, 'a'"),
        (NAME, pipeline(FeatureUnion([("a", "drop")])), "FeatureUnion has no parts"),
        (NAME, pipeline(StandardScaler()), "StandardScaler has no parts"),
        ("other__transformer_weights", pipeline(union("a", "b")), "Pipeline has no 'other'"),
        (
            NAME,
            pipeline(union("a", "b", transformer_weights={"b": 0.0})),
            "Part 'b' of .* has the weight 0.0",
        ),
    ],
)
def test_what_has_no_parts(name, estimator, message):
    with pytest.raises(InvalidSpaceError, match=message):
        SearchSpace.from_distributions({name: PartWeights()}, estimator=estimator)


def test_many_parts_warn():
    with pytest.warns(PartWeightsWarning, match="has 9 weights"):
        space_of(union(*"abcdefghi"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        space_of(union(*"abcdefgh"))


def test_other_spaces_are_as_they_were():
    space = SearchSpace.from_distributions({"k": ["a", {"b": 1}], "x[y]": [1, 2]})
    setting = {"k": {"b": 1}, "x[y]": 2}
    assert space.inverse_transform(space.transform([setting])) == [setting]
