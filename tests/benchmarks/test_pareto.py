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
