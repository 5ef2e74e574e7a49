"""``WandbTracker``: one run of Weights & Biases for the search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._optional import require
from .._records._events import CandidateEnded, FitEnded, SearchBegan, SearchEvent
from ..inspection._report import read_source
from ..inspection._report._numbers import plain, setting
from ._base import DRAIN, BaseTracker
from ._course import Course, curves_of, finite


class WandbTracker(BaseTracker):
    """Writes a search to Weights & Biases while it runs.

    One run: the score of each candidate and the best so far as curves, a table of all candidates,
    the space in the config and the result in the summary. With ``sweep=True`` each candidate is a
    run of its own besides, all of them in one group; beginning a run takes about two seconds.

    Parameters
    ----------
    project : str, default=None
        None: as Weights & Biases is set up.
    name : str, default=None
        Of the run; None: class of the search and of its estimator.
    mode : {"online", "offline"}, default=None
        None: as Weights & Biases is set up.
    sweep : bool, default=False
        Whether each candidate has a run of its own.
    drain : float, default=30.0
        Seconds that the end of a fit waits for the server, at most.
    **init : dict
        Further arguments of ``wandb.init``, such as `entity` or `dir`.

    Raises
    ------
    MissingDependencyError
        If wandb is not installed.
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        name: str | None = None,
        mode: str | None = None,
        sweep: bool = False,
        drain: float = DRAIN,
        **init: Any,
    ) -> None:
        super().__init__(drain=drain)
        self._wandb = require("wandb", "wandb", "WandbTracker")
        self.project = project
        self.name = name
        self.mode = mode
        self.sweep = sweep
        self.init = init

    def _begin(self, event: SearchBegan) -> None:
        self._course = Course(event)
        self._run: Any = None
        self._rows: list[dict[str, Any]] = []
        self._is_done = False

    def _open(self) -> None:
        search = self._course.began.search
        name = self.name or f"{type(search).__name__} of {type(search.estimator).__name__}"
        config: dict[str, Any] = {"search": type(search).__name__}
        config["estimator"] = type(search.estimator).__name__
        if self._course.began.space is not None:
            config["space"] = {d.name: d.describe() for d in self._course.began.space.dimensions}
        self._run = self._new_run(name=name, config=config, job_type="search")

    def _new_run(self, **more: Any) -> Any:
        """A run beside those that the user may have."""
        given: dict[str, Any] = {"project": self.project, "mode": self.mode, **self.init, **more}
        given.setdefault("settings", self._wandb.Settings(silent=True))
        return self._wandb.init(reinit="create_new", **given)

    def _write(self, event: SearchEvent) -> None:
        if self._run is None:
            self._open()
        self._course.add(event)
        if isinstance(event, CandidateEnded):
            self._write_candidate(event)
        elif isinstance(event, FitEnded):
            self._write_results(event.search)
            self._is_done = True

    def _write_candidate(self, event: CandidateEnded) -> None:
        observation = event.observation
        number = observation.candidate.id
        scores = finite(self._course.scores(observation))
        found: dict[str, Any] = {"candidate": number, "status": observation.status}
        if len(scores):
            found |= {"mean_score": float(scores.mean()), "std_score": float(scores.std())}
        if observation.seconds is not None:
            found["seconds"] = float(np.nansum(observation.seconds))
        params = setting(observation.candidate.params)
        self._rows.append({**found, **{f"param_{name}": value for name, value in params.items()}})
        logged = {name: value for name, value in found.items() if name != "status"}
        if self._course.best is not None:
            logged["best_so_far"] = self._course.best[1]
        self._run.log(logged)
        if self.sweep:
            self._write_own_run(number, params, found, curves_of(observation))

    def _write_own_run(
        self,
        number: int,
        params: Mapping[str, Any],
        found: Mapping[str, Any],
        curves: Mapping[str, list[float]],
    ) -> None:
        run = self._new_run(
            name=f"candidate {number}",
            group=self._run.id,
            job_type="candidate",
            config=dict(params),
        )
        for epoch in range(max(map(len, curves.values()), default=0)):
            run.log({name: c[epoch] for name, c in curves.items() if epoch < len(c)})
        run.summary.update(dict(found))
        run.finish(exit_code=1 if found["status"] == "failed" else 0)

    def _write_results(self, search: Any) -> None:
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        # A column of the table has one type.
        types = {n: {type(row[n]) for row in self._rows if n in row} for n in columns}
        texts = {name for name, kinds in types.items() if not kinds <= {int, float}}
        rows = [
            [str(row[n]) if n in texts and n in row else row.get(n) for n in columns]
            for row in self._rows
        ]
        self._run.log({"candidates": self._wandb.Table(columns=columns, data=rows)})
        record = read_source(search).record
        if record.best_index is not None:
            best = plain({"best_score": record.scores[record.best_index]})
            best["best_candidate"] = record.best_index
            for name, value in setting(record.settings[record.best_index]).items():
                best[f"best_{name}"] = value
            self._run.summary.update(best)

    def _finish(self) -> None:
        if self._run is not None:
            self._run.finish(exit_code=0 if self._is_done else 1)
