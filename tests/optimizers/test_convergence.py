import numpy as np
from scipy.stats import uniform

from sktune._records import Candidate, Observation
from sktune.optimizers import RandomOptimizer
from sktune.optimizers._convergence import Convergence
from sktune.space import SearchSpace


class Certain(RandomOptimizer):
    """Knows what is left to gain."""

    gain = 0.1

    def remaining_gain(self):
        return self.gain


def told(number, resource, scores):
    candidate = Candidate(number, {"x": 0.5}, (0.5,), 0, "random", resource)
    return Observation(candidate, {"score": np.array(scores)}, "complete")


def test_those_that_were_trained_furthest_tell_the_error():
    optimizer = Certain(SearchSpace.from_distributions({"x": uniform(0, 1)}))
    is_converged = Convergence(optimizer)
    # Of its mean some 1; the best of all, little trained, has some 0.01.
    optimizer.tell(told(0, 9, [-1.0, 0.0, 1.0]))
    optimizer.tell(told(1, 1, [4.99, 5.0, 5.01]))
    assert is_converged()
    optimizer.gain = 2.0
    assert not is_converged()
