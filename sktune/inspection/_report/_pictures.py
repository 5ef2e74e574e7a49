"""The pictures of a report, each from the numbers of its section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._shown import number, seconds, shown
from .._svg import shown_range
from ._numbers import Data
from ._svg import HEIGHT, Axis, Picture, axis_of

Floats = NDArray[np.float64]

# Height of a row of bars, and most parameters that have one.
ROW, MAX_ROWS = 26.0, 20


def floats(values: Sequence[Any]) -> Floats:
    """Numbers, nan for what JSON has as null."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def course_picture(course: Data, unit: str, metric: str) -> str:
    """Scores as dots, the best so far as a line, and what the model expects of it."""
    points, best = course["points"], floats(course["best"])
    every = floats(points["scores"])
    known = np.concatenate([every[np.isfinite(every)], best])
    y = axis_of(shown_range(known), metric)
    end = course["n_fits" if unit == "fits" else "n_seconds"]
    label = "fits" if unit == "fits" else "seconds"
    x = Axis(0.0, max(float(end), 1e-9) * 1.02, label)
    picture = Picture(f"{metric} against {label}", x, y)
    titles = [
        f"#{row}: {number(score)}"
        for row, score in zip(points["candidates"], points["scores"], strict=True)
    ]
    picture.dots(floats(points[unit]), every, titles)
    spent = np.append(floats(course[unit]), end)
    if "expected" in course:
        expected = floats(course["expected"])
        picture.line(spent, np.append(expected, expected[-1]), "line expected", is_stepped=True)
    picture.line(spent, np.append(best, best[-1]), is_stepped=True)
    if course["default_score"] is not None:
        picture.level(course["default_score"], "default")
    return picture.svg()


def share_bars(found: Data, label: str) -> str:
    """A bar for each parameter, with its band."""
    names = found["names"][:MAX_ROWS]
    high = max(0.05, *found["high"][: len(names)], *found["shares"][: len(names)])
    rows = _rows(names)
    picture = Picture(label, Axis(0.0, min(high * 1.05, 1.0), label), rows, _height(len(names)))
    for row, name in enumerate(names):
        low, share, top = (found[key][row] for key in ("low", "shares", "high"))
        title = f"{name}: {share:.1%} ({low:.1%} to {top:.1%})"
        picture.bar((0.0, share), (row - 0.32, row + 0.32), title)
        picture.span(low, top, row)
    return picture.svg()


def _rows(names: Sequence[str]) -> Axis:
    """An axis of names from above; room for half a row at both ends."""
    return Axis(-0.6, len(names) - 0.4, words=[str(name) for name in names])


def _height(n_rows: int) -> float:
    return 48.0 + ROW * n_rows


def dependence_picture(found: Data, metric: str) -> str:
    """The score along one parameter, with its band and the candidates."""
    (name,), (values,) = found["names"], found["values"]
    mean, low, high = (floats(found[key]) for key in ("mean", "low", "high"))
    scores = floats(found["scores"])
    y = axis_of(np.concatenate([mean, low, high, shown_range(scores[np.isfinite(scores)])]), metric)
    tried = [row[0] for row in found["tried"]]
    titles = [f"{name} = {shown(v)}: {number(s)}" for v, s in zip(tried, scores, strict=True)]
    title = f"{metric} along {name}"
    if found["is_numeric"][0]:
        x = axis_of(floats([*values, *tried]), name, is_log=found["is_log"][0], room=0.02)
        picture = Picture(title, x, y)
        picture.band(floats(values), low, high)
        picture.dots(floats(tried), scores, titles)
        picture.line(floats(values), mean)
        return picture.svg()
    words = [str(value) if isinstance(value, str) else shown(value) for value in values]
    x = Axis(-0.6, len(words) - 0.4, name, words=words)
    picture = Picture(title, x, y)
    places = {_key(value): place for place, value in enumerate(values)}
    at = np.array([places.get(_key(value), np.nan) for value in tried], dtype=float)
    spread = np.random.default_rng(0).uniform(-0.25, 0.25, len(at))
    kept = np.isfinite(at)
    picture.dots(
        (at + spread)[kept], scores[kept], [t for t, k in zip(titles, kept, strict=True) if k]
    )
    for place in range(len(words)):
        picture.line([place - 0.3, place + 0.3], [mean[place]] * 2)
        picture.line([place - 0.3, place + 0.3], [low[place]] * 2, "line thin")
        picture.line([place - 0.3, place + 0.3], [high[place]] * 2, "line thin")
    return picture.svg()


def _key(value: Any) -> tuple[str, Any]:
    """True is not 1 here."""
    return type(value).__name__, value


def pair_picture(found: Data, metric: str) -> str:
    """The score over two parameters as a map, with the candidates on it."""
    axes, places = [], []
    for which in (0, 1):
        axis, at = _map_axis(found, which)
        axes.append(axis)
        places.append(at)
    title = f"{metric} over {' and '.join(found['names'])}"
    picture = Picture(title, axes[0], axes[1], HEIGHT + 30)
    mean = np.array([floats(row) for row in found["mean"]])
    low, span = float(np.nanmin(mean)), float(np.ptp(mean)) or 1.0
    edges = [_edges(axis, at) for axis, at in zip(axes, places, strict=True)]
    across, along = picture.x(edges[0]), picture.y(edges[1])
    for i, row in enumerate(mean):
        for j, value in enumerate(row):
            picture.tile(
                across[i : i + 2], along[j : j + 2], (value - low) / span, number(float(value))
            )
    tried = [_tried_places(found, which) for which in (0, 1)]
    titles = [number(score) for score in found["scores"]]
    known = np.isfinite(tried[0]) & np.isfinite(tried[1])
    picture.dots(
        tried[0][known],
        tried[1][known],
        [title for title, keep in zip(titles, known, strict=True) if keep],
        "dot ring",
        2.2,
    )
    return picture.svg()


def _map_axis(found: Data, which: int) -> tuple[Axis, Floats]:
    values, name = found["values"][which], found["names"][which]
    if not found["is_numeric"][which]:
        words = [value if isinstance(value, str) else shown(value) for value in values]
        return Axis(-0.5, len(words) - 0.5, name, words=words), np.arange(len(words), dtype=float)
    at = floats(values)
    return axis_of(at, name, is_log=found["is_log"][which], room=0.5 / max(len(at) - 1, 1)), at


def _edges(axis: Axis, at: Floats) -> Floats:
    """Where the tiles of a map meet: halfway between values, on the scale of the axis."""
    if axis.is_log:
        at = np.log(at)
    if len(at) < 2:
        edges = np.array([at[0] - 0.5, at[0] + 0.5])
    else:
        middle = (at[1:] + at[:-1]) / 2
        edges = np.r_[2 * at[0] - middle[0], middle, 2 * at[-1] - middle[-1]]
    return np.exp(edges) if axis.is_log else edges


def _tried_places(found: Data, which: int) -> Floats:
    tried = [row[which] for row in found["tried"]]
    if found["is_numeric"][which]:
        return floats(tried)
    places = {_key(value): place for place, value in enumerate(found["values"][which])}
    at = np.array([places.get(_key(value), np.nan) for value in tried], dtype=float)
    return np.asarray(at + np.random.default_rng(which).uniform(-0.3, 0.3, len(at)))


def waterfall(gain: Data, metric: str) -> str:
    """From the default to the winner, a bar for each parameter."""
    names, shares = gain["names"][:MAX_ROWS], floats(gain["shares"])
    ends = gain["start_score"] + np.r_[0.0, np.cumsum(shares)]
    words = ["default", *names, "expected"]
    x = axis_of(np.r_[ends, gain["start_score"], gain["end_score"]], metric)
    picture = Picture("gain by parameter", x, _rows(words), _height(len(words)))
    picture.bar((x.low, ends[0]), (-0.32, 0.32), f"default: {number(ends[0])}", "bar quiet")
    for row, name in enumerate(names, start=1):
        title = (
            f"{name}: {number(shares[row - 1])}, {gain['from'][row - 1]} → {gain['to'][row - 1]}"
        )
        kind = "bar" if shares[row - 1] >= 0 else "bar loss"
        picture.bar((ends[row - 1], ends[row]), (row - 0.32, row + 0.32), title, kind)
    last = len(words) - 1
    picture.bar(
        (x.low, float(ends[-1])),
        (last - 0.32, last + 0.32),
        f"expected: {number(ends[-1])}",
        "bar quiet",
    )
    return picture.svg()


def fold_scores(best: Data, metric: str) -> str:
    """Scores of the best candidates, fold by fold, and their means."""
    rows = [floats(row) for row in best["scores"]]
    words = [f"#{row}" for row in best["candidates"]]
    picture = Picture(
        "fold scores", axis_of(np.concatenate(rows), metric), _rows(words), _height(len(words))
    )
    for place, scores in enumerate(rows):
        known = np.flatnonzero(np.isfinite(scores))
        titles = [f"{words[place]}, split {split}: {number(scores[split])}" for split in known]
        picture.dots(scores[known], np.full(len(known), float(place)), titles)
        mean = float(scores[known].mean())
        picture.line([mean, mean], [place - 0.35, place + 0.35])
    return picture.svg()


def timeline(found: Data) -> str:
    """Which worker ran which fold, and when."""
    bars = found["timeline"]
    words = [str(worker + 1) for worker in range(found["n_workers"])]
    x = Axis(0.0, max(found["span"], 1e-9), "seconds since the search began")
    picture = Picture("timeline of the workers", x, _rows(words), _height(len(words)))
    for worker, begin, end, row, split in zip(
        *(bars[key] for key in ("workers", "begins", "ends", "candidates", "splits")), strict=True
    ):
        title = f"#{row}, split {split}: {seconds(end - begin)}"
        kind = "bar" if row % 2 else "bar quiet"
        picture.bar((begin, end), (worker - 0.4, worker + 0.4), title, kind)
    return picture.svg()


def curves_picture(found: Data, best: int | None) -> str:
    """Learning curves, the best candidate's on top."""
    curves = [floats(curve) for curve in found["curves"]]
    values = np.concatenate(curves)
    longest = max(map(len, curves))
    picture = Picture(
        f"{found['metric']} by epoch",
        Axis(0.0, max(longest, 1.0), "epoch"),
        axis_of(np.quantile(values[np.isfinite(values)], [0.0, 0.95]), found["metric"]),
    )
    pairs = list(zip(found["candidates"], curves, strict=True))
    for row, curve in sorted(pairs, key=lambda pair: pair[0] == best):
        picture.line(np.arange(1, len(curve) + 1), curve, "line" if row == best else "line faint")
    return picture.svg()


def annealing_pictures(found: Data) -> list[str]:
    """Temperature, and the share of the last moves that were accepted."""
    drawn = []
    at = floats(found["candidates"])
    for key, label in (("temperatures", "temperature"), ("acceptance_rates", "accepted moves")):
        values = floats(found[key])
        x = axis_of(at, "candidate", room=0.02)
        picture = Picture(label, x, axis_of(values, label, is_log=key == "temperatures"))
        for chain in sorted(set(found["chains"])):
            mine = np.array(found["chains"]) == chain
            picture.line(at[mine], values[mine], "line" if chain == 0 else "line faint")
        drawn.append(picture.svg())
    return drawn
