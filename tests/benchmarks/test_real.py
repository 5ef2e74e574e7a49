"""The benchmark of real problems: its split, its problems, a short run and the report."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def modules(add_folders):
    """Import a script's module by name."""
    add_folders("", "efficiency", "real")
    return __import__


class TestHalves:
    def test_each_half_judges_or_tunes_about_half_of_the_problems(self, modules):
        names = list(modules("spaces").SPECS)
        n_tuning = sum(modules("_halves").half(name) == "tuning" for name in names)
        assert len(names) >= 24
        assert abs(2 * n_tuning - len(names)) <= 2

    def test_no_problem_changes_its_half(self, modules):
        half = modules("_halves").half
        assert half("svc-moons") == "tuning"
        assert half("svc-digits") == "judging"
        assert half("lcbench/189905") == "tuning"


class TestProblem:
    def test_settings_survive_encoding(self, modules):
        problem = modules("problems").Problem("svc-fgl")
        for place, scaler in enumerate(problem.space["scaler"]):
            params = {"scaler": scaler, "svc__C": 1.0, "svc__degree": np.int64(3)}
            plain = json.loads(json.dumps(problem.encode(params)))
            decoded = problem.decode(plain)["scaler"]
            assert decoded is scaler or decoded == scaler == "passthrough"
            assert plain["svc__degree"] == 3
            assert scaler == "passthrough" or plain["scaler"] == f"#{place}"

    def test_an_equal_estimator_is_found_in_a_list(self, modules):
        problem = modules("problems").Problem("svc-fgl")
        own = problem.estimator.get_params()["scaler"]
        assert not any(choice is own for choice in problem.space["scaler"])
        assert problem.place("scaler", own) == 0

    def test_another_split_has_other_rows_and_folds_of_the_same_data(self, modules):
        own, other = (modules("problems").Problem("svc-moons", split) for split in (0, 1))
        assert [part.shape for part in own.data] == [part.shape for part in other.data]
        assert not np.array_equal(own.data[0], other.data[0])
        assert not np.array_equal(own.folds[0][1], other.folds[0][1])
        rows = [np.concatenate(problem.data[:2]) for problem in (own, other)]
        np.testing.assert_array_equal(*(np.sort(some, axis=0) for some in rows))

    def test_a_failing_setting_has_no_score(self, modules):
        problem = modules("problems").Problem("knn-breast_cancer")
        f_classif, chi2 = problem.space["select__score_func"]  # chi2 takes no negative values
        assert np.isfinite(problem.fold_scores({"select__score_func": f_classif})).all()
        assert np.isnan(problem.fold_scores({"select__score_func": chi2})).all()


def row(means, **others):
    """A run on a problem of two numbers, as `run.py` writes it."""
    common = {
        "problem": "svc-moons",
        "method": "random",
        "default": False,
        "seed": 0,
        "dimensions": ["C", "gamma"],
        "points": [[0.5, 0.5]] * len(means),
        "folds": [[mean] * 5 for mean in means],
        "held": {"10": 0.5, "25": 0.5, "50": 0.5},
        "spent": [0.0] * len(means),
        "cpu": 0.0,
        "versions": {},
    }
    return {**common, **others}


class TestReport:
    def test_regret_counts_from_the_best_known_to_the_median_of_random(self, modules):
        report = modules("report")
        means = [0.1, None, 0.3] * 20  # of random search there must be 60
        drawn, other = report.prepare([row(means), row([0.2, 0.5], method="other")])
        scale = report.Scale([drawn, other])
        assert (scale.best, scale.median) == (0.5, 0.1)
        assert scale.regret(drawn, 3) == pytest.approx(0.5)
        assert [scale.regret(other, n) for n in (1, 2)] == pytest.approx([0.75, 0])

    def test_settings_needed_for_what_random_search_reaches(self, modules):
        report = modules("report")
        drawn = row([0.1] * 59 + [0.4])
        quick, slow = row([0.2, 0.4, 0.1] * 20, method="a"), row([0.2] * 60, method="b")
        rows = report.prepare([drawn, quick, slow])
        scale = report.Scale(rows)
        assert [scale.needed(r) for r in rows] == [51, 2, 51]

    def test_shares_of_ends_repeats_and_failures(self, modules):
        report = modules("report")
        points = [[0.0, 0.5], [0.01, 0.99], [0.5, 0.5]]
        (tried,) = report.prepare([row([0.3, 0.3, None], points=points)])
        assert report.ends(tried["points"], np.array([True, True])) == pytest.approx(0.5)
        assert report.ends(tried["points"], np.array([False, True])) == pytest.approx(1 / 3)
        assert report.repeated(tried) == [0.5, 0.5]
        assert report.failed(tried) == pytest.approx(1 / 3)

    def test_no_method_gives_more_than_five_of_the_best(self, modules):
        report = modules("report")
        points = [[k / 50, 0.5] for k in range(50)]
        means = [1 + k / 50 for k in range(50)]
        rows = report.prepare(
            [row(means, points=points), row([0.1], method="a", points=[[0.5, 0.5]])]
        )
        assert len(report.best_points(rows)) == 6


def test_with_foresight_no_suggestion_repeats_scores(modules):
    methods, recorder = modules("methods"), modules("recorder")
    problem = modules("problems").Problem("svc-moons")

    class Steps:
        """Scores of two folds that are constant over each decade of C."""

        def __init__(self):
            self.problem = problem

        def folds(self, plain):
            decade = np.floor(np.log10(plain["C"]))
            return np.array([decade, -decade]), 0.0

    def n_repeats(n_most):
        record = recorder.Recorder(Steps(), 6, [])
        _, method, _ = methods.find(f'bayes:{{"foresight": {n_most}}}')
        method(problem, record, 6, 0)
        return 6 - len({tuple(folds) for folds in record.read})

    assert n_repeats(5000) == 0
    assert n_repeats(0) > 0


@pytest.mark.slow
def test_a_run_and_its_tables(tmp_path):
    out, cache = str(tmp_path / "out.jsonl"), str(tmp_path / "cache")
    root = {**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)}

    def script(name, *arguments):
        command = [sys.executable, str(BENCHMARKS / "real" / name), *arguments]
        return subprocess.run(command, env=root, check=True, capture_output=True, text=True).stdout

    common = ("--problems", "svc-moons", "--seeds", "0", "--cache", cache, "--out", out)
    first = script("run.py", "--methods", "random", "--n", "60", "--no-default", *common)
    assert "fitted 6" in first
    script("run.py", "--methods", 'two=bayes:{"n_initial_points": 2}', *common)
    again = script("run.py", "--methods", "two=bayes", *common)
    assert "svc-moons" not in again
    tables = script("report.py", out, "--against", "random")
    assert "| two+own |" in tables
    assert "nan" not in tables.split("### Regret after 50")[0]
