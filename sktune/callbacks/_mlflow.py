"""``MLflowTracker``: a parent run for the search, a child run for each candidate."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import numpy as np

from .._optional import require
from .._records._events import CandidateEnded, FitEnded, SearchBegan, SearchEvent
from ..inspection import read_search
from ..inspection._report import make_report, read_source
from ..inspection._report._numbers import plain, setting
from ._base import DRAIN, BaseTracker
from ._course import Course, curves_of, finite, words

# MLflow's words for what became of a candidate.
STATUS = {"complete": "FINISHED", "dropped": "KILLED", "failed": "FAILED", "running": "KILLED"}

# MLflow refuses longer values of parameters, longer names, and more metrics in one call.
MAX_VALUE, MAX_NAME, MAX_BATCH = 500, 250, 1000

# In names it takes these characters, and a slash only where that makes a clean path.
_NO_NAME = re.compile(r"[^\w.\- :]")

# On a run that has the results of a search, the class of that.
_SEARCH = "sktune.search"


class MLflowTracker(BaseTracker):
    """Writes a search to MLflow while it runs.

    The run that is active when the search begins becomes the parent, and stays open; without one a
    run is begun, and ended after the search. If the active run has been the parent of another
    search, a run inside of it is begun, for values of parameters cannot change. The parent gets
    ``best_...`` parameters, the metrics ``best_score``, ``expected_score`` and, step by step,
    ``best_so_far``, and as artifacts ``cv_results.json`` and ``report.html``. Each candidate is a
    child run with its own times, ``mean_score``, ``std_score``, the score of each fold and learning
    curves as steps, and the status ``FINISHED``, ``FAILED`` or, where racing dropped it,
    ``KILLED``. In names of parameters and metrics, characters that MLflow does not take are ``_``.

    Parameters
    ----------
    experiment : str, default=None
        Name of the experiment, made if it is not there; None: the active one.
    run_name : str, default=None
        Of the parent run; None: class of the search and of its estimator.
    tracking_uri : str, default=None
        None: that of ``mlflow.get_tracking_uri()``.
    report : bool, default=True
        Whether the page of :func:`sktune.inspection.search_report` is an artifact.
    drain : float, default=30.0
        Seconds that the end of a fit waits for the server, at most.

    Raises
    ------
    MissingDependencyError
        If mlflow, or mlflow-skinny, is not installed.
    """

    def __init__(
        self,
        experiment: str | None = None,
        *,
        run_name: str | None = None,
        tracking_uri: str | None = None,
        report: bool = True,
        drain: float = DRAIN,
    ) -> None:
        super().__init__(drain=drain)
        self._mlflow = require("mlflow", "mlflow", "MLflowTracker")
        self.experiment = experiment
        self.run_name = run_name
        self.tracking_uri = tracking_uri
        self.report = report

    def _begin(self, event: SearchBegan) -> None:
        # Which run is active is known to the caller's thread alone.
        active = self._mlflow.active_run()
        self._parent = None if active is None else active.info.run_id
        self._experiment_id = None if active is None else active.info.experiment_id
        self._is_own_run = active is None
        self._course = Course(event)
        self._client: Any = None
        self._status = "FAILED"

    def _open(self) -> None:
        """Connect, and begin the parent run; in the tracker's thread, for it may take long."""
        uri = self.tracking_uri or self._mlflow.get_tracking_uri()
        self._client = self._mlflow.MlflowClient(tracking_uri=uri)
        search = self._course.began.search
        if self._parent is None:
            self._experiment_id = self._find_experiment()
            self._begin_own_run({})
        elif _SEARCH in self._client.get_run(self._parent).data.tags:
            self._begin_own_run({"mlflow.parentRunId": self._parent})
        self._client.set_tag(self._parent, _SEARCH, type(search).__name__)

    def _begin_own_run(self, tags: dict[str, str]) -> None:
        search, begun = self._course.began.search, _milliseconds(self._course.began.time)
        name = self.run_name or f"{type(search).__name__} of {type(search.estimator).__name__}"
        run = self._client.create_run(self._experiment_id, begun, tags=tags, run_name=name)
        self._parent, self._is_own_run = run.info.run_id, True

    def _find_experiment(self) -> str:
        if self.experiment is not None:
            found = self._client.get_experiment_by_name(self.experiment)
            if found is not None:
                return str(found.experiment_id)
            return str(self._client.create_experiment(self.experiment))
        # The one of mlflow.set_experiment, or of the environment.
        return str(self._mlflow.tracking.fluent._get_experiment_id())

    def _write(self, event: SearchEvent) -> None:
        if self._client is None:
            self._open()
        before = self._course.best
        self._course.add(event)
        if isinstance(event, CandidateEnded):
            self._write_candidate(event)
            if self._course.best is not None and self._course.best != before:
                score, step = self._course.best[1], self._course.step
                self._client.log_metric(
                    self._parent, "best_so_far", score, _milliseconds(event.time), step
                )
        elif isinstance(event, FitEnded):
            self._write_results(event.search)
            self._status = "FINISHED"

    def _write_candidate(self, event: CandidateEnded) -> None:
        observation, course = event.observation, self._course
        number = observation.candidate.id
        begun = course.starts.get(number, course.began.time)
        tags = {"mlflow.parentRunId": self._parent, "sktune.status": observation.status}
        tags["sktune.proposed_by"] = observation.candidate.source
        run = self._client.create_run(
            self._experiment_id, _milliseconds(begun), tags=tags, run_name=f"candidate {number}"
        )
        at = _milliseconds(event.time)
        metrics = self._metrics(observation, at)
        params = [
            self._mlflow.entities.Param(_name(name), text[:MAX_VALUE])
            for name, text in words(observation.candidate.params).items()
        ]
        for first in range(0, max(len(metrics), 1), MAX_BATCH):
            batch = metrics[first : first + MAX_BATCH]
            self._client.log_batch(run.info.run_id, batch, params[:100] if not first else [])
        for first in range(100, len(params), 100):
            self._client.log_batch(run.info.run_id, params=params[first : first + 100])
        self._client.set_terminated(run.info.run_id, STATUS[observation.status], at)

    def _metrics(self, observation: Any, at: int) -> list[Any]:
        """Mean, standard deviation, folds and curves of a candidate."""
        metric, found = self._mlflow.entities.Metric, []
        names = list(observation.split_scores)
        for name in names:
            scores = np.asarray(observation.split_scores[name], dtype=float)
            own = "score" if name == self._course.metric_in(names) else _name(name)
            if len(finite(scores)):
                found.append(metric(f"mean_{own}", float(finite(scores).mean()), at, 0))
                found.append(metric(f"std_{own}", float(finite(scores).std()), at, 0))
            for split in np.flatnonzero(np.isfinite(scores)):
                found.append(metric(f"fold_{own}", float(scores[split]), at, int(split)))
        if observation.seconds is not None:
            spent = float(np.nansum(observation.seconds))
            found.append(metric("seconds", spent, at, 0))
        for name, curve in curves_of(observation).items():
            own = _name(name)
            found += [metric(own, value, at, epoch + 1) for epoch, value in enumerate(curve)]
        return found

    def _write_results(self, search: Any) -> None:
        """The result on the parent run."""
        source = read_source(search)
        best = source.record.best_index
        report = make_report(source)
        if best is not None:
            for name, text in words(source.record.settings[best]).items():
                self._client.log_param(self._parent, _name(f"best_{name}"), text[:MAX_VALUE])
            score = float(source.record.scores[best])
            self._client.log_metric(self._parent, "best_score", score)
            expected = report.data["summary"].get("expected_score")
            if expected is not None:
                self._client.log_metric(self._parent, "expected_score", expected)
        self._client.log_text(self._parent, cv_results_json(search), "cv_results.json")
        if self.report:
            self._client.log_text(self._parent, report.html, "report.html")

    def _finish(self) -> None:
        if self._client is not None and self._is_own_run:
            self._client.set_terminated(self._parent, self._status)


def cv_results_json(search: Any) -> str:
    """``cv_results_`` as JSON: numbers as they are, all else in short words."""
    read_search(search)  # says what is no fitted search
    table = {}
    for name, column in search.cv_results_.items():
        if name == "params":
            table[name] = [setting(params) for params in column]
        elif not name.startswith("param_"):
            table[name] = plain(np.asarray(column), 17)
    return json.dumps(table, allow_nan=False)


def _name(name: str) -> str:
    """A name as MLflow takes it: of a step or a metric it may be any text."""
    return _NO_NAME.sub("_", name)[:MAX_NAME]


def _milliseconds(seconds: float) -> int:
    return int(1000 * (seconds or time.time()))
