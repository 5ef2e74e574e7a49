"""What is public is listed, documented, and in the place of scikit-learn's own searches."""

import importlib
import inspect
import pickle
import re
import warnings
from dataclasses import is_dataclass
from enum import Enum, EnumType
from pathlib import Path
from types import ModuleType

import pytest
from scipy.stats import uniform
from sklearn.linear_model import Ridge
from sklearn.model_selection import RandomizedSearchCV

import sktune
from sktune import (
    AnnealingSearchCV,
    BayesSearchCV,
    GradientSearchCV,
    HyperbandSearchCV,
    ParetoSearchCV,
)
from sktune.exceptions import EdgeOfRangeWarning

MODULES = [
    importlib.import_module(name)
    for name in (
        "sktune",
        "sktune.space",
        "sktune.optimizers",
        "sktune.inspection",
        "sktune.callbacks",
        "sktune.exceptions",
    )
]
PUBLIC = [
    pytest.param(getattr(module, name), id=f"{module.__name__}.{name}")
    for module in MODULES
    for name in module.__all__
]
CLASSES = [case for case in PUBLIC if inspect.isclass(case.values[0])]
ERRORS = [case for case in CLASSES if issubclass(case.values[0], Exception)]
ENUMS = [case for case in PUBLIC if isinstance(case.values[0], EnumType | Enum)]
WITH_PARAMETERS = [case for case in PUBLIC if case not in ERRORS + ENUMS]
# A descent has no constraint, and as many calls by default as it needs.
ALIKE = [AnnealingSearchCV, BayesSearchCV, HyperbandSearchCV, ParetoSearchCV]
SEARCHES = [*ALIKE, GradientSearchCV]
OWN_DEFAULTS = {GradientSearchCV: {"n_iter": "20"}}

# What a search cannot be fitted without.
NEEDED = {
    GradientSearchCV: {"param_distributions": {"alpha": uniform(0.1, 9)}},
    ParetoSearchCV: {"scoring": ["r2", "n_features"]},
}

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", flags=re.MULTILINE)
ENTRY = re.compile(r"^((?:\*{0,2}\w+)(?:, \*{0,2}\w+)*) : \S", flags=re.MULTILINE)


def sections(docstring):
    """Sections of a numpydoc docstring by their names; what comes first is called ""."""
    parts = SECTION.split(docstring)
    return dict(zip(["", *parts[1::2]], parts[::2], strict=True))


def documented(docstring, section="Parameters"):
    """Names in a section, in their order."""
    entries = ENTRY.findall(sections(docstring).get(section, ""))
    return [name.lstrip("*") for entry in entries for name in entry.split(", ")]


def parameters(function):
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def own_methods(cls):
    """Public methods that this package has written, by name."""
    for name in dir(cls):
        method = inspect.getattr_static(cls, name)
        method = getattr(method, "__func__", method)
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        if method.__module__.startswith("sktune"):
            yield name, method


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_all_is_what_is_public(module):
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", "").startswith("sktune")
    }
    assert public == set(module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("name", ["space", "optimizers", "callbacks", "exceptions"])
def test_public_home(name):
    module = importlib.import_module(f"sktune.{name}")
    public = [getattr(module, each) for each in module.__all__]
    made = [value for value in public if inspect.isclass(value) or inspect.isfunction(value)]
    assert {value.__name__: value.__module__ for value in made} == {
        value.__name__: module.__name__ for value in made
    }


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.?(dev|a|b|rc)\d+)?", sktune.__version__)


@pytest.mark.parametrize("public", PUBLIC)
def test_docstring_begins_with_one_sentence(public):
    first = inspect.getdoc(public).partition("\n\n")[0]
    assert first.endswith("."), f"the first line is no sentence: {first!r}"
    assert "\n" not in first


@pytest.mark.parametrize("public", WITH_PARAMETERS)
def test_parameters_section_is_the_signature(public):
    # The fields of a record are what it is made of, and of one that is returned what it shows.
    is_shown = is_dataclass(public) and "Attributes" in sections(inspect.getdoc(public))
    section = "Attributes" if is_shown else "Parameters"
    if inspect.isclass(public):
        # Parameters are documented by the class that takes them.
        public = next(base for base in public.__mro__ if "__init__" in vars(base))
    assert documented(inspect.getdoc(public), section) == parameters(public)


@pytest.mark.parametrize("public", CLASSES)
def test_methods_are_documented(public):
    for name, method in own_methods(public):
        docstring = inspect.getdoc(getattr(public, name))
        assert docstring, f"{name} has no docstring"
        if "Parameters" in sections(docstring):
            assert documented(docstring) == parameters(method), name


@pytest.mark.parametrize(
    "docstring, names",
    [
        ("Do.\n\nParameters\n----------\na : int\n    Text : text\nb, c : str\n    Text.", "abc"),
        ("Do.\n\nParameters\n----------\n**a : int\n    Text.\n\nReturns\n-------\nb : int", "a"),
        ("Do.\n\nReturns\n-------\nb : int", ""),
        ("Do.", ""),
    ],
)
def test_how_docstrings_are_read(docstring, names):
    assert documented(docstring) == list(names)


# In the place of RandomizedSearchCV


@pytest.mark.parametrize("search_class", SEARCHES)
def test_signature_begins_with_that_of_randomized_search(search_class):
    theirs = list(inspect.signature(RandomizedSearchCV).parameters.values())
    ours = list(inspect.signature(search_class).parameters.values())
    for own, other in zip(ours, theirs, strict=False):
        assert (own.name, own.kind, repr(own.default)) == (
            other.name,
            other.kind,
            OWN_DEFAULTS.get(search_class, {}).get(other.name, repr(other.default)),
        )
    assert len(ours) > len(theirs)
    added = ours[len(theirs) :]
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in added)


def test_all_searches_are_looked_at():
    public = {getattr(sktune, name) for name in sktune.__all__ if name.endswith("SearchCV")}
    assert public - {sktune.BaseOptimizerSearchCV} == set(SEARCHES)


def test_searches_share_what_they_add():
    first, *others = ([*inspect.signature(s).parameters.values()] for s in ALIKE)
    for second in others:
        shared = {p.name for p in first} & {p.name for p in second}
        assert {"initial_params", "constraint"} <= shared
        assert [(p.name, repr(p.default)) for p in first if p.name in shared] == [
            (p.name, repr(p.default)) for p in second if p.name in shared
        ]


@pytest.mark.parametrize("search_class", SEARCHES)
def test_public_home_of_the_searches(search_class):
    assert search_class.__module__ == "sktune"
    pickled = pickle.dumps(search_class(Ridge(), {"alpha": uniform()}))
    assert b"sktune._search" not in pickled
    assert type(pickle.loads(pickled)) is search_class


@pytest.mark.parametrize("search_class", SEARCHES)
def test_every_attribute_of_a_fitted_search_is_documented(search_class):
    X, y = [[float(i)] for i in range(12)], [float(i % 5) for i in range(12)]
    search = search_class(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, n_iter=3, cv=2, random_state=0)
    search.set_params(**NEEDED.get(search_class, {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EdgeOfRangeWarning)
        search.fit(X, y)
    fitted = {name for name in vars(search) if name.endswith("_") and not name.startswith("_")}
    assert fitted <= set(documented(inspect.getdoc(search_class), "Attributes"))


@pytest.mark.parametrize("search_class", SEARCHES)
def test_shared_text_is_filled_in(search_class):
    docstring = inspect.getdoc(search_class)
    assert not {"{parameters}", "{attributes}"} & set(docstring.split())
    for section, name in [("Parameters", "journal"), ("Attributes", "stop_reason_")]:
        assert name in documented(docstring, section)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_reference_has_all_that_is_public(module):
    page = (Path(__file__).parents[1] / "docs" / "api" / "index.md").read_text("utf-8")
    assert [name for name in module.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_a_strategy_of_one_s_own_needs_public_names_only():
    page = (Path(__file__).parents[1] / "docs" / "new_strategy.md").read_text("utf-8")
    code = [
        line.strip()[4:] for line in page.splitlines() if line.strip().startswith((">>>", "..."))
    ]
    names = [line for line in code if line.startswith(("import ", "from "))]
    assert not [line for line in names if re.search(r"[ .]_", line)]
    begin = next(i for i, line in enumerate(code) if line.startswith("import numpy"))
    end = next(i for i, line in enumerate(code) if line.startswith("from scipy"))
    assert end - begin <= 20
