"""The tables of several scores, for runs of any length."""

import numpy as np


def line(method, n, task="rbv2_rpart/554"):
    regret = np.linspace(0.9, 0.1, n).tolist()
    kept = {str(n): [0.5, 0.6]}
    return {
        "task": task,
        "method": method,
        "seed": 0,
        "n": n,
        "ms": 1.0,
        "regret": regret,
        "others": kept,
    }


def tables(lines, n, add_folders, capsys):
    add_folders("", "efficiency", "pareto")
    from run import report

    report(lines, n)
    return capsys.readouterr().out


def test_runs_of_any_length_have_tables(add_folders, capsys):
    shown = tables([line("pareto", 12), line("tpe", 12)], 50, add_folders, capsys)
    assert "| method | after 10 | after 12 | at 12: rbv2_rpart |" in shown
    assert "| pareto | 0.245 | 0.100 | 0.100 | 0.500 | 0.600 | 1 |" in shown


def test_runs_are_compared_up_to_the_shortest(add_folders, capsys):
    # The longer of two runs counts; the further measures were not kept at 12 of it.
    lines = [line("pareto", 20), line("pareto", 8), line("tpe", 12)]
    shown = tables(lines, 50, add_folders, capsys)
    assert "after 10 | after 12 |" in shown
    assert "| - | - |" in shown


def test_tables_of_the_first_fits_alone(add_folders, capsys):
    shown = tables([line("pareto", 30)], 5, add_folders, capsys)
    assert "| method | after 5 |" in shown


def test_each_task_is_compared_with_the_best_other(add_folders, capsys):
    others = [line("tpe", 12) | {"regret": [0.4] * 12}, line("gp", 12) | {"regret": [0.2] * 12}]
    shown = tables([line("pareto", 12), *others], 50, add_folders, capsys)
    assert "| rbv2_rpart/554 | judging | 0.100 | 0.400 | 0.200 | 0.50 |" in shown


def test_settings_have_a_point_each_and_the_nearest_setting_comes_back(add_folders):
    add_folders("efficiency", "pareto")
    from front_peers import OneHot
    from parameter import Parameter

    parameters = [
        Parameter("C", "float", 1e-3, 1e3, log=True),
        Parameter("kernel", "cat", choices=("rbf", "poly", "linear")),
        Parameter("degree", "int", 1, 5, parent="kernel", values=("poly",)),
    ]
    encoding = OneHot(parameters)
    point = encoding.point({"C": 1.0, "kernel": "poly", "degree": 3})
    np.testing.assert_allclose(point, [0.5, 0, 1, 0, 0.5])
    assert encoding.params(point) == {"C": 1.0, "kernel": "poly", "degree": 3}
    # A relaxed point has the choice of its largest coordinate and the nearest integer.
    relaxed = encoding.params(np.array([0.5, 0.3, 0.2, 0.6, 0.95]))
    assert relaxed == {"C": 1.0, "kernel": "linear", "degree": 5}
