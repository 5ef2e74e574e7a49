"""A flat dict whose conditions are known is searched as the same written as branches."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform

from sktune.optimizers import AnnealingOptimizer, BayesOptimizer, Observation
from sktune.space import SearchSpace

RATE, DROP = loguniform(1e-3, 1), uniform(0, 1)

# By name, what chooses comes last, and what the first branch lacks comes first.
FLAT = {"drop": DROP, "kind": ["line", "trees", "dart"], "penalty": RATE, "rate": RATE}
CONDITIONS = {"rate": {"kind": ["trees", "dart"]}, "drop": {"kind": ["dart"]}}
BRANCHES = [
    {"kind": ["line"], "penalty": RATE},
    {"kind": ["trees"], "penalty": RATE, "rate": RATE},
    {"kind": ["dart"], "penalty": RATE, "rate": RATE, "drop": DROP},
]


def score(params):
    kind = ["line", "trees", "dart"].index(params["kind"])
    found = 0.3 * kind - np.log10(params["penalty"] / 0.03) ** 2
    if kind:
        found -= np.log10(params["rate"] / 0.1) ** 2
    if kind == 2:
        found -= (params["drop"] - 0.2) ** 2
    return found


def suggestions(kind, space, n):
    optimizer = kind(space, seed=3)
    settings = []
    for place in range(n):
        candidate = optimizer.ask(place / n)
        active = {"kind", "penalty"}
        active |= {"rate"} if candidate.params["kind"] != "line" else set()
        active |= {"drop"} if candidate.params["kind"] == "dart" else set()
        settings.append({name: candidate.params[name] for name in sorted(active)})
        scores = {"score": np.array([score(settings[-1])])}
        optimizer.tell(Observation(candidate, scores, "complete"))
    return settings


@pytest.mark.parametrize("kind", [BayesOptimizer, AnnealingOptimizer])
def test_the_same_settings_are_suggested(kind):
    flat = SearchSpace.from_distributions(FLAT, None, CONDITIONS)
    branches = SearchSpace.from_distributions(BRANCHES)
    first, second = suggestions(kind, flat, 11), suggestions(kind, branches, 11)
    assert {setting["kind"] for setting in first} == {"line", "trees", "dart"}
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        assert one == {k: v if isinstance(v, str) else pytest.approx(v) for k, v in other.items()}
