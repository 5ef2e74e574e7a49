"""What ``HyperbandSearchCV.plan`` prints."""

from __future__ import annotations

import math
from typing import Any

from .._plan import Plan


def describe_plan(search: Any, plan: Plan) -> str:
    """Rungs of a search, what they cost, and what the budget suffices for."""
    rungs, goes_on = plan.schedule.rungs, plan.schedule.goes_on
    unit = "rows" if search.resource == "n_samples" else "epochs"
    n_units, n_splits = search.n_iter * rungs[-1], len(plan.splits)
    lines = [
        f"{search.n_iter} full trainings of {rungs[-1]} {unit} on each of {n_splits} folds: "
        f"{n_units} {unit} a fold.",
        "",
        f"{'rung':>4} {unit:>8} {'from ' + unit:>12} {'share of a full training':>25}",
    ]
    before = 0
    for number, rung in enumerate(rungs):
        share = (rung - before) / rungs[-1]
        lines.append(f"{number:>4} {rung:>8} {before if goes_on else 0:>12} {share:>25.1%}")
        before = rung if goes_on else 0
    lines.append("")
    if len(rungs) == 1:
        lines.append(
            "One rung: every setting is trained fully, as by BayesSearchCV. For several set "
            "min_resource."
        )
    else:
        n_settings = int(min(math.ceil(n_units / rungs[0]), plan.read.space.size))
        lines.append(
            f"At most {n_settings} settings are looked at, if none goes on; each that is trained "
            "fully takes one full training."
        )
    if plan.schedule.keeps_states:
        lines.append("Training goes on from where it stopped.")
    elif len(rungs) > 1:
        lines.append("Each rung is trained from nothing.")
    return "\n".join(lines)
