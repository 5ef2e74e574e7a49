"""``TensorBoardTracker``: event files with a session for each candidate, for the HParams page."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._optional import require
from .._records._events import CandidateEnded, FitEnded, SearchBegan, SearchEvent
from ..inspection import read_search
from ..inspection._model._columns import is_numeric
from ..inspection._report._numbers import setting, value_of
from ._base import DRAIN, BaseTracker
from ._course import Course, curves_of, finite

# Metrics of a candidate, as TensorBoard names them.
SCORE, STD, BEST = "mean_score", "std_score", "best_so_far"

# Choices that are told to the page; of longer lists, none.
MAX_CHOICES = 50


class TensorBoardTracker(BaseTracker):
    """Writes a search to TensorBoard's event files while it runs.

    Each candidate is a session of the HParams page, in a folder of its own, with its setting,
    ``mean_score``, ``std_score``, the score of each fold and learning curves as steps. The best so
    far is a curve of the folder itself. TensorFlow is not needed.

    Parameters
    ----------
    logdir : str or path-like
        The folder; made if it is not there. Each search should have one of its own.
    drain : float, default=30.0
        Seconds that the end of a fit waits for the files, at most.

    Raises
    ------
    MissingDependencyError
        If tensorboard is not installed.
    """

    def __init__(self, logdir: str | os.PathLike[str], *, drain: float = DRAIN) -> None:
        super().__init__(drain=drain)
        _module("summary.writer.record_writer")
        self.logdir = os.fspath(logdir)

    def _begin(self, event: SearchBegan) -> None:
        self._course = Course(event)
        self._file: _EventFile | None = None

    def _write(self, event: SearchEvent) -> None:
        if self._file is None:
            self._file = _EventFile(self.logdir)
            if self._course.began.space is not None:
                self._file.add(_experiment(self._course.began.space.dimensions), time.time(), 0)
        before = self._course.best
        self._course.add(event)
        if isinstance(event, CandidateEnded):
            self._write_candidate(event)
            if self._course.best is not None and self._course.best != before:
                self._file.add_scalar(BEST, self._course.best[1], event.time, self._course.step)
        elif isinstance(event, FitEnded) and self._course.began.space is None:
            dimensions = read_search(event.search).space.dimensions
            self._file.add(_experiment(dimensions), time.time(), 0)

    def _write_candidate(self, event: CandidateEnded) -> None:
        observation = event.observation
        number = observation.candidate.id
        begun = self._course.starts.get(number, event.time)
        with _EventFile(os.path.join(self.logdir, f"candidate_{number:05d}")) as file:
            params = {name: _hparam(v) for name, v in setting(observation.candidate.params).items()}
            file.add(_session_start(params, f"candidate {number}", begun), begun, 0)
            scores = finite(self._course.scores(observation))
            if len(scores):
                file.add_scalar(SCORE, float(scores.mean()), event.time, 0)
                file.add_scalar(STD, float(scores.std()), event.time, 0)
            for name, values in observation.split_scores.items():
                for split in np.flatnonzero(np.isfinite(values)):
                    file.add_scalar(f"folds/{name}", float(values[split]), event.time, int(split))
            for name, curve in curves_of(observation).items():
                for epoch, value in enumerate(curve, start=1):
                    file.add_scalar(f"curves/{name}", value, event.time, epoch)
            file.add(_session_end(observation.status, event.time), event.time, 0)

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()


class _EventFile:
    """One event file, written without TensorFlow."""

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        writer = _module("summary.writer.record_writer")
        self._proto = _module("compat.proto.event_pb2"), _module("compat.proto.summary_pb2")
        self._file = open(os.path.join(folder, name), "ab")  # noqa: SIM115 closed by close()
        self._records = writer.RecordWriter(self._file)
        header = self._proto[0].Event(wall_time=time.time(), file_version="brain.Event:2")
        self._records.write(header.SerializeToString())

    def add(self, summary: Any, at: float, step: int) -> None:
        """Add a summary."""
        event = self._proto[0].Event(wall_time=at, step=step, summary=summary)
        self._records.write(event.SerializeToString())
        self._file.flush()

    def add_scalar(self, tag: str, value: float, at: float, step: int) -> None:
        """Add one number."""
        summary = self._proto[1].Summary
        self.add(summary(value=[summary.Value(tag=tag, simple_value=value)]), at, step)

    def close(self) -> None:
        """No more will come."""
        self._file.close()

    def __enter__(self) -> _EventFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _module(name: str) -> Any:
    return require(f"tensorboard.{name}", "tensorboard", "TensorBoardTracker")


def _experiment(dimensions: Sequence[Any]) -> Any:
    """What the page shows: parameters with their domains, and metrics; it reads the first one."""
    hparams = _module("plugins.hparams.summary_v2")
    params = [hparams.HParam(d.name, _domain(hparams, d)) for d in dimensions]
    return hparams.hparams_config_pb(params, [hparams.Metric(name) for name in (SCORE, STD)])


def _domain(hparams: Any, dimension: Any) -> Any:
    """Domain of a parameter; None where TensorBoard has no words for it."""
    if is_numeric(dimension) and not dimension.is_listed:
        low, high = float(dimension.from_unit(0.0)), float(dimension.from_unit(1.0))
        return hparams.RealInterval(low, high) if low < high else None
    if dimension.n_values > MAX_CHOICES:
        return None
    choices = [_hparam(value_of(dimension.from_unit(float(unit)))) for unit in dimension.grid()]
    if len({type(choice) for choice in choices}) > 1:
        choices = [str(choice) for choice in choices]
    return hparams.Discrete(list(dict.fromkeys(choices)))


def _hparam(value: Any) -> Any:
    """A value as the page takes it: a number, a bool or a text."""
    return value if isinstance(value, bool | int | float | str) else str(value)


def _session_start(params: Mapping[str, Any], name: str, begun: float) -> Any:
    hparams = _module("plugins.hparams.summary_v2")
    return hparams.hparams_pb(dict(params), trial_id=name, start_time_secs=begun)


def _session_end(status: str, at: float) -> Any:
    # As tensorboard.plugins.hparams.summary does it, which imports TensorFlow.
    api, plugin, metadata = (
        _module(f"plugins.hparams.{name}") for name in ("api_pb2", "plugin_data_pb2", "metadata")
    )
    word = api.Status.Value("STATUS_FAILURE" if status == "failed" else "STATUS_SUCCESS")
    ended = plugin.SessionEndInfo(status=word, end_time_secs=at)
    summary = _module("compat.proto.summary_pb2").Summary()
    summary.value.add(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(plugin.HParamsPluginData(session_end_info=ended)),
        tensor=metadata.NULL_TENSOR,
    )
    return summary
