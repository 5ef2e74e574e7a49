"""What models say of a search: the numbers of a report that take long.

Each is None where the search cannot tell, as with too few candidates for a model.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._comparison import Comparison, compare_to_default
from .._dependence import ScoreDependence, score_dependence
from .._gain import explain_gain
from .._importance import Importance, hyperparameter_importance
from .._model._surrogate import ExplainingModel, explaining_model
from .._shown import shown
from ._next_range import next_range
from ._numbers import Data, attempted, plain, thinned, value_of
from ._source import ReportSource, few_enough

# Pairs with a smaller share of the variance are not worth a line.
PAIR = 0.05

# Parameters whose dependence is drawn.
N_DEPENDENCES = 4

# Draws of the model behind bands: as the functions of the package have it.
N_DRAWS = 36

# More parameters than this make the bands of importance, for which a model of each draw is asked
# about many orders, the longest part by far: a third of the draws must do.
MANY = 10

NO_DEFAULT = (
    "The estimator's own setting is not among the candidates, so it is not known whether tuning "
    "has helped: include it in the search (initial_params), or give X and y to search_report."
)


class Explained(NamedTuple):
    """What models say of a search.

    Parameters
    ----------
    best_index : int or None, default=None
        The winner, to which the comparison and the gain belong.
    comparison : Comparison or None, default=None
        With the default.
    model : ExplainingModel or None, default=None
        Of the scores.
    importance, fit_time : dict or None, default=None
        Of the parameters, for the score and for the time of a fit.
    dependence, gain : dict or None, default=None
        Sections 5 and 6.
    next_range : list of dict, default=()
        Where to search on.
    lacks : tuple of str, default=()
        Why a model, or the comparison with the default, is missing: sentences.
    """

    best_index: int | None = None
    comparison: Comparison | None = None
    model: ExplainingModel | None = None
    importance: Data | None = None
    fit_time: Data | None = None
    dependence: Data | None = None
    gain: Data | None = None
    next_range: tuple[Data, ...] = ()
    lacks: tuple[str, ...] = ()

    def of_winner(self, best_index: int | None) -> Explained:
        """The same, without what was said of another winner."""
        if best_index == self.best_index:
            return self
        return self._replace(best_index=best_index, comparison=None, gain=None)


def explain(
    source: ReportSource, X: Any = None, y: Any = None, comparison: Comparison | None = None
) -> Explained:
    """Fit the models, and ask them all that a report shows.

    `comparison`: that with the default, where it is known already.
    """
    few, lacks = few_enough(source), list[str]()
    if comparison is None:
        comparison = compared(few, X, y, lacks)
    model = modelled(few, lacks)
    mattered = None if model is None else importance(few)
    return Explained(
        source.record.best_index,
        comparison,
        model,
        mattered,
        importance(few, "fit_time", "fanova"),
        None if mattered is None else dependences(few, mattered),
        gain(few),
        tuple(next_range(source, model)),
        tuple(lacks),
    )


def compared(source: ReportSource, X: Any, y: Any, lacks: list[str]) -> Comparison | None:
    """The comparison with the default; None where the default is not known, and the reason."""
    record = source.record
    if record.best_index is None:
        return None
    if record.default_index is None and X is None and record.resources is None:
        lacks.append(NO_DEFAULT)
        return None
    return attempted(lambda: compare_to_default(record, X, y), lacks)


def modelled(source: ReportSource, lacks: list[str]) -> ExplainingModel | None:
    """The model of the scores; None where there are too few, or nothing varies, and the reason."""
    # Where there are more parameters than candidates the page says so, in its own words.
    source.record._kept["is_warned"] = True
    return attempted(lambda: explaining_model(source.record), lacks)


def importance(source: ReportSource, target: str = "score", method: str = "shapley") -> Data | None:
    """Section 4: shares with their bands, and pairs; of the seconds, for section 8."""
    n_draws = N_DRAWS if len(source.record.names) <= MANY else N_DRAWS // 3
    found: Importance | None = attempted(
        lambda: hyperparameter_importance(
            source.record, method=method, target=target, n_draws=n_draws
        )
    )
    if found is None:
        return None
    order = np.argsort(-found.shares, kind="stable")
    pairs = []
    if found.pairs is not None:
        for i, j in zip(*np.triu_indices(len(order), 1), strict=True):
            if found.pairs[i, j] > PAIR:
                pairs.append([found.names[i], found.names[j], found.pairs[i, j]])
    return dict(
        plain(
            {
                "names": [found.names[i] for i in order],
                "shares": found.shares[order],
                "low": found.low[order],
                "high": found.high[order],
                "pairs": sorted(pairs, key=lambda pair: -pair[2]),
                "r2": found.r2,
                "n_candidates": found.n_candidates,
                "n_cut": found.n_cut,
            }
        )
    )


def dependences(source: ReportSource, mattered: Data) -> Data:
    """Section 5: the score along the most important parameters, and over the strongest pair."""
    record = source.record
    single = [
        found
        for name in mattered["names"][:N_DEPENDENCES]
        if (found := attempted(partial(score_dependence, record, name))) is not None
    ]
    strongest = mattered["names"][:2]
    if mattered["pairs"]:
        strongest = mattered["pairs"][0][:2]
    pair = None
    if len(strongest) == 2:
        pair = attempted(lambda: score_dependence(record, strongest))
    return {
        "single": [_dependence(found) for found in single],
        "pair": None if pair is None else _dependence(pair),
    }


def _dependence(found: ScoreDependence) -> Data:
    rows = thinned(found.scores)
    values = [[value_of(value) for value in axis] for axis in found.values]
    tried = [[value_of(value) for value in found.tried[row]] for row in rows]
    return {
        "names": list(found.names),
        "values": values,
        "is_log": list(found.is_log),
        "is_numeric": list(found.is_numeric),
        **plain(
            {"mean": found.mean, "low": found.low, "high": found.high, "scores": found.scores[rows]}
        ),
        "tried": tried,
    }


def gain(source: ReportSource) -> Data | None:
    """Section 6: from the default to the winner."""
    record = source.record
    if record.default_index is None or record.default_index == record.best_index:
        return None
    found = attempted(lambda: explain_gain(record))
    if found is None or not np.abs(found.shares).max() > 0:
        return None
    order = np.argsort(-np.abs(found.shares), kind="stable")
    order = order[found.shares[order] != 0]
    names = [found.names[i] for i in order]
    return dict(
        plain(
            {
                "names": names,
                "shares": found.shares[order],
                "low": found.low[order],
                "high": found.high[order],
                "from": [shown(found.start.get(name, "")) for name in names],
                "to": [shown(found.end.get(name, "")) for name in names],
                "start_score": found.start_score,
                "end_score": found.end_score,
                "gain": found.gain,
                "expected_gain": found.expected_gain,
            }
        )
    )
