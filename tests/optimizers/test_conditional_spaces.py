"""A flat dict whose conditions are known is searched as the same written as branches."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform

from sktune.optimizers import AnnealingOptimizer, BayesOptimizer, Observation
from sktune.space import SearchSpace

RATE, DROP = loguniform(1e-3, 1), uniform(0, 1)

# In both forms the coordinates have the same order: what chooses comes first.
FLAT = {"a_kind": ["line", "trees", "dart"], "b_penalty": RATE, "c_rate": RATE, "d_drop": DROP}
CONDITIONS = {"c_rate": {"a_kind": ["trees", "dart"]}, "d_drop": {"a_kind": ["dart"]}}
BRANCHES = [
    {"a_kind": ["line"], "b_penalty": RATE},
    {"a_kind": ["trees"], "b_penalty": RATE, "c_rate": RATE},
    {"a_kind": ["dart"], "b_penalty": RATE, "c_rate": RATE, "d_drop": DROP},
]


def score(params):
    kind = ["line", "trees", "dart"].index(params["a_kind"])
    found = 0.3 * kind - np.log10(params["b_penalty"] / 0.03) ** 2
    if kind:
        found -= np.log10(params["c_rate"] / 0.1) ** 2
    if kind == 2:
        found -= (params["d_drop"] - 0.2) ** 2
    return found


def suggestions(kind, space, n):
    optimizer = kind(space, seed=3)
    settings = []
    for place in range(n):
        candidate = optimizer.ask(place / n)
        active = {"a_kind", "b_penalty"}
        active |= {"c_rate"} if candidate.params["a_kind"] != "line" else set()
        active |= {"d_drop"} if candidate.params["a_kind"] == "dart" else set()
        settings.append({name: candidate.params[name] for name in sorted(active)})
        scores = {"score": np.array([score(settings[-1])])}
        optimizer.tell(Observation(candidate, scores, "complete"))
    return settings


@pytest.mark.parametrize("kind", [BayesOptimizer, AnnealingOptimizer])
def test_the_same_settings_are_suggested(kind):
    flat = SearchSpace.from_distributions(FLAT, None, CONDITIONS)
    branches = SearchSpace.from_distributions(BRANCHES)
    first, second = suggestions(kind, flat, 11), suggestions(kind, branches, 11)
    assert {setting["a_kind"] for setting in first} == {"line", "trees", "dart"}
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        assert one == {k: v if isinstance(v, str) else pytest.approx(v) for k, v in other.items()}
