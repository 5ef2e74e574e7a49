"""Each benchmark script runs with the package as it is, in the smallest size that it has."""

import os
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "results"
SCRIPTS = sorted(
    path.relative_to(BENCHMARKS).as_posix()
    for path in BENCHMARKS.rglob("*.py")
    if not path.name.startswith("_") and "__main__" in path.read_text()
)

# The smallest runs. OUT is a folder of the test.
RUNS = {
    "cost/annealing_cost.py": [["20"]],
    "auto.py": [["--report", str(RESULTS / "runs" / "auto.jsonl")]],
    "ranges.py": [["--report", str(RESULTS / "runs" / "ranges.jsonl")]],
    "edge_warnings.py": [["--models", "kernel ridge"]],
    "efficiency/analyse.py": [[]],
    "efficiency/make.py": [["references", "--only", "svc_breast"]],
    "efficiency/run.py": [
        ["--methods", "bayes", "--seeds", "0", "--n", "3", "--only", "sgd", "--out", "OUT/runs"]
    ],
    "cost/engine.py": [["overhead", "--n-candidates", "2"]],
    "cost/fit_timeout.py": [["--n-folds", "20"]],
    "cost/import_time.py": [["1"]],
    "gradient/one_penalty.py": [["report", str(RESULTS / "runs" / "gradient-curves.jsonl")]],
    "gradient/run.py": [
        [
            "run",
            "--methods",
            "one",
            "parts",
            "--splits",
            "0",
            "--shuffled",
            "0",
            "--only",
            "diabetes",
            "--out",
            "OUT/runs",
        ],
        ["report", "OUT/runs"],
    ],
    "importance.py": [
        ["sample", "OUT/samples.npz", "--functions", "ishigami", "--n-seeds", "1"],
        [
            "run",
            "OUT/samples.npz",
            "--functions",
            "ishigami",
            "--n-seeds",
            "1",
            "--out",
            "OUT/rows.jsonl",
        ],
        ["report", "OUT/rows.jsonl"],
    ],
    "cost/large_spaces.py": [["--one", "8,000 tuples", "random"]],
    "networks/image_cache.py": [["8", "--candidates", "1", "--size", "8"]],
    "cost/overhead.py": [["--n-suggestions", "1", "--only-ours"]],
    "multi_fidelity/analyse.py": [[]],
    "multi_fidelity/cost.py": [["--n-rows", "5", "--n-suggestions", "1"]],
    "multi_fidelity/real.py": [
        ["run", "--only", "hgb-hdma", "--seeds", "0", "--n-full", "1", "--out", "OUT/runs"],
        ["report", "OUT/runs"],
    ],
    "parallel.py": [["--n", "4", "--seeds", "0", "--n-workers", "2"]],
    "pareto/cost.py": [["--told", "20", "--scores", "2", "--n", "1"]],
    "pareto/racing.py": [["--seeds", "0", "--n", "4", "--problems", "tree"]],
    "pareto/real.py": [
        ["run", "--out", "OUT/fits.jsonl", "--problems", "sparse", "--seeds", "0", "--n", "4"],
        ["report", "OUT/fits.jsonl"],
        ["report", str(RESULTS / "runs" / "pareto-more.jsonl"), "--methods", "pareto", "gp"],
    ],
    "pareto/reference.py": [[]],
    "pareto/run.py": [
        [],
        ["--n", "25"],
        ["--n", "100", "--seeds", "0", "--out", str(RESULTS / "runs" / "pareto-100.jsonl")],
    ],
    "racing.py": [["replay", "--n-random", "2", "--n-orders", "1"]],
    "real/describe.py": [["--cache", "OUT", "--n", "1", "--problems", "ridge-salaries"]],
    "real/picture.py": [["OUT/picture.png"]],
    "real/report.py": [[]],
    "cost/search_overhead.py": [["1"]],
    "report.py": [["report", "20", "2"], ["watch", "1", "4", "0"]],
    "starts/judge.py": [["--report", str(RESULTS / "runs" / "starts.jsonl")]],
    "tuned_or_lucky.py": [
        ["run", "OUT/searches.jsonl", "--kinds", "neighbours, AUC", "--n-most", "1"],
        ["folds", "OUT/searches.jsonl"],
        ["rows", "OUT/searches.jsonl"],
        ["report", "OUT/searches.jsonl"],
    ],
    "warm_start.py": [["--seeds", "0", "--only", "sgd"]],
}

# Read only: they measure processes of their own, with TensorFlow in each, or stand in another test.
READ = {
    "gradient/first_step.py": "a hundred cross-validations",
    "gradient/many_weights.py": "a minute for each split",
    "multi_fidelity/run.py": "needs the surrogates of YAHPO Gym",
    "multi_fidelity/workers.py": "needs the surrogates of YAHPO Gym",
    "networks/image_memory.py": "a process that trains on 1 GB of images",
    "networks/keras_fit.py": "binds its process to one core",
    "networks/keras_memory.py": "a process whose memory grows",
    "networks/keras_search.py": "three Keras searches in processes of their own",
    "real/run.py": "run in test_real.py",
    "starts/learn.py": "needs the surrogates of YAHPO Gym, or minutes of fits",
}


@pytest.fixture
def run(monkeypatch, add_folders):
    """Run a script as ``python`` would, in this process."""
    monkeypatch.setattr(os, "environ", os.environ.copy())  # some set the number of threads

    def run_script(script, arguments, run_name="__main__"):
        path = BENCHMARKS / script
        add_folders("", path.parent)
        monkeypatch.setattr(sys, "argv", [str(path), *arguments])
        try:
            runpy.run_path(str(path), run_name=run_name)
        except ModuleNotFoundError as error:  # of a peer
            if find_spec((error.name or "").split(".")[0]) is not None:
                raise
            pytest.skip(f"{error.name} is not installed")
        except SystemExit as end:
            if end.code:
                raise

    return run_script


def skip_without_keras(script):
    if script.startswith("networks/") and find_spec("keras") is None:
        pytest.skip("Keras is not installed")


def test_every_script_has_a_run_or_a_reason():
    assert sorted([*RUNS, *READ]) == SCRIPTS


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("script", sorted(RUNS))
def test_smallest_run(script, run, tmp_path, capsys):
    skip_without_keras(script)
    for arguments in RUNS[script]:
        run(script, [argument.replace("OUT", str(tmp_path)) for argument in arguments])
    assert capsys.readouterr().out.strip()


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(READ))
def test_what_a_script_imports_is_there(script, run):
    skip_without_keras(script)
    run(script, [], run_name="read")
