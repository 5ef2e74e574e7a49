"""The sections of a report as HTML, each from its numbers; empty where there are none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from .._shown import escaped, number, seconds
from . import _pictures as pictures
from ._candidates import unpacked
from ._numbers import Data

# Rows of the table that stand in the page itself, for readers without JavaScript.
N_STATIC = 50

# Parameters beyond these need a wider screen than there is: the table shows them on a click.
MAX_COLUMNS = 12

VERDICTS = {
    "better": "Better than the default",
    "not shown": "Not shown to be better than the default",
    "worse": "Worse than the default",
}

REASONS = {
    "n_iter": "all candidates were run",
    "space exhausted": "nothing was left to try",
    "max_time": "the time was over",
    "converged": "little was left to gain",
    "interrupted": "it was interrupted",
    "stopped": "it was stopped",
    "callback": "a callback ended it",
}


def sections(data: Data) -> list[tuple[str, str, str]]:
    """All sections that have something to say: id, heading and HTML."""
    metric = data["summary"]["metric"]
    found = [
        ("summary", "In one sentence", _summary(data["summary"])),
        ("advice", "Advice", _advice(data["advice"])),
        ("course", "Course", _course(data.get("course"), metric)),
        ("importance", "What mattered", _importance(data.get("importance"))),
        ("dependence", "How", _dependence(data.get("dependence"), metric)),
        ("gain", "Where the gain came from", _gain(data.get("gain"), metric)),
        ("candidates", "Candidates", _candidates(data["candidates"], metric)),
        ("time", "Time", _time(data.get("time"))),
        ("curves", "Learning curves", _curves(data.get("curves"), data["summary"])),
        ("annealing", "Annealing", _annealing(data.get("annealing"))),
        ("failures", "Failures", _failures(data.get("failures"))),
        ("repeat", "To repeat it", _repetition(data["repeat"])),
    ]
    return [section for section in found if section[2]]


def sentence(summary: Data) -> str:
    """The result in one sentence, as text."""
    parts = []
    if summary.get("verdict"):
        text = f"{VERDICTS[summary['verdict']]}: by {number(summary['difference'])}"
        if summary["low"] is not None:
            level = f"{100 * summary['confidence_level']:g} % interval"
            text += f" ({level} {number(summary['low'])} to {number(summary['high'])})"
        parts.append(text)
    if "best_score" in summary:
        text = f"best {summary['metric']} {number(summary['best_score'])}"
        if summary.get("expected_score") is not None:
            text += f", expected {number(summary['expected_score'])}"
        parts.append(text)
    else:
        parts.append("no candidate has a score")
    spent = summary["search_time"] or summary["seconds_of_fits"]
    text = f"{summary['n_fits']} fits of {summary['n_candidates']} candidates in {seconds(spent)}"
    parts.append(text)
    if summary["is_running"]:
        parts.append("it still runs")
    elif summary["stop_reason"]:
        parts.append(REASONS.get(summary["stop_reason"], f"ended by {summary['stop_reason']}"))
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _summary(summary: Data) -> str:
    html = f'<p class="verdict">{escaped(sentence(summary))}</p>'
    if note := summary.get("note"):
        if note.startswith("not by bbc"):
            note = "The interval rests on the folds; keep_predictions=True gives one by rows"
        html += f'<p class="note">{escaped(note[0].upper() + note[1:])}.</p>'
    if summary.get("expected_score") is not None:
        html += f'<p class="note">{escaped(_rows_of(summary["rows_gain"]))}</p>'
    facts = []
    if "best_params" in summary:
        facts += [
            ("best candidate", f"#{summary['best_index']}"),
            *[(name, _word(value)) for name, value in summary["best_params"].items()],
        ]
    counts = ("n_failed", "n_dropped", "n_running")
    facts += [(key[2:], str(summary[key])) for key in counts if summary[key]]
    if summary["refit_time"] is not None:
        facts.append(("refit", seconds(summary["refit_time"])))
    rows = "".join(f"<div><dt>{escaped(k)}</dt><dd>{escaped(v)}</dd></div>" for k, v in facts)
    return html + (f'<dl class="facts">{rows}</dl>' if facts else "")


def _rows_of(gain: float) -> str:
    """Which models the expected score is of."""
    if gain:
        return f"{number(gain)} of the expected score is what training on all rows is worth."
    return (
        "The expected score is that of the models of the folds, which are trained on fewer rows "
        "than the refit; compare_to_default(all_rows=True) adds what the other rows are worth."
    )


def _word(value: Any) -> str:
    """A value of the data as text."""
    return value if isinstance(value, str) else json.dumps(value)


def _advice(advice: Sequence[Data]) -> str:
    items = ""
    for piece in advice:
        ranges = "".join(
            f"<li><code>{escaped(found['name'])}</code>: {escaped(_range(found))}</li>"
            for found in piece.get("ranges", [])
        )
        items += f"<li>{escaped(piece['text'])}{f'<ul>{ranges}</ul>' if ranges else ''}</li>"
    return f'<ul class="advice">{items}</ul>' if items else ""


def _range(found: Data) -> str:
    if "choices" in found:
        return " or ".join(_word(choice) for choice in found["choices"])
    scale = ", logarithmic" if found["is_log"] else ""
    return f"{_word(found['low'])} to {_word(found['high'])}{scale}"


def _course(course: Data | None, metric: str) -> str:
    if course is None:
        return ""
    what = "Dots are candidates, the line is the best so far"
    if "expected" in course:
        what += "; the dashed line is what a model of all scores expects of it, luck taken out"
    drawn = [pictures.course_picture(course, unit, metric) for unit in ("fits", "seconds")]
    return _figures(drawn, what + ".")


def _figures(drawn: Iterable[str], caption: str) -> str:
    inside = "".join(f"<figure>{svg}</figure>" for svg in drawn)
    return f'<p>{escaped(caption)}</p><div class="figures">{inside}</div>'


def _importance(found: Data | None) -> str:
    if found is None:
        return ""
    what = (
        "Shares of the parameters in what makes scores differ over the space (Shapley values of a "
        "model of the search), with 90 % bands."
    )
    if found["r2"] is not None:
        what += f" The model predicts unseen candidates with an R2 of {number(found['r2'], 2)}."
    rest = len(found["names"]) - pictures.MAX_ROWS
    if rest > 0:
        what += f" The other {rest} parameters have less."
    html = _figures([pictures.share_bars(found, "share")], what)
    if found["pairs"]:
        items = "".join(
            f"<li>{escaped(a)} and {escaped(b)}: {share:.0%}</li>"
            for a, b, share in found["pairs"][: pictures.MAX_ROWS]
        )
        html += f"<p>Pairs that act together, beyond what each does alone:</p><ul>{items}</ul>"
    return html


def _dependence(found: Data | None, metric: str) -> str:
    if found is None or not found["single"]:
        return ""
    drawn = [pictures.dependence_picture(one, metric) for one in found["single"]]
    what = (
        "The score along each parameter, averaged over the others, with 90 % bands and candidates."
    )
    if found["pair"] is not None:
        drawn.append(pictures.pair_picture(found["pair"], metric))
        what += " The map shows two of them together: the stronger the colour, the better."
    return _figures(drawn, what)


def _gain(gain: Data | None, metric: str) -> str:
    if gain is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escaped(name)}</th><td>{escaped(start)}</td><td>{escaped(end)}</td>"
        f"<td>{number(share, 3)}</td><td>{number(low, 3)} to {number(high, 3)}</td></tr>"
        for name, start, end, share, low, high in zip(
            *(gain[key] for key in ("names", "from", "to", "shares", "low", "high")), strict=True
        )
    )
    head = "".join(
        f"<th scope='col'>{h}</th>" for h in ("parameter", "default", "best", "gain", "90 % band")
    )
    what = (
        f"From the default, {number(gain['start_score'])}, to the best, "
        f"{number(gain['end_score'])}: the model expects {number(gain['expected_gain'])} of it to "
        "last."
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return (
        _figures([pictures.waterfall(gain, metric)], what)
        + f'<div class="scroll" tabindex="0" role="region" aria-label="gain">{table}</div>'
    )


def _candidates(found: Data, metric: str) -> str:
    columns = {name: unpacked(column) for name, column in found["columns"].items()}
    values = {name: unpacked(column) for name, column in found["params"].items()}
    columns |= dict(list(values.items())[:MAX_COLUMNS])
    names = ["#", *columns]
    head = "".join(
        f'<th scope="col"><button type="button" data-column="{place}">{escaped(name)}'
        "<span></span></button></th>"
        for place, name in enumerate(names)
    )
    rows = "".join(
        f"<tr><td>{row}</td>"
        + "".join(f"<td>{escaped(_cell(column[row]))}</td>" for column in columns.values())
        + "</tr>"
        for row in found["order"][:N_STATIC]
    )
    n = len(found["order"])
    text = f"{n} candidates, the best first."
    if n > N_STATIC:
        text += f' <span class="static">Without JavaScript the best {N_STATIC} are shown.</span>'
    if found["n_with_values"] < n:
        text += f" Values of parameters are shown for the best {found['n_with_values']}."
    if found["tied"]:
        text += f" The folds cannot tell {len(found['tied'])} of the others from the best: "
        text += _listed([f"#{row}" for row in found["tied"]]) + "."
    html = f"<p>{text}</p>"
    if found["best"]["candidates"] and len(found["best"]["scores"][0]) > 1:
        what = "The best ten, fold by fold, with their means."
        html += _figures([pictures.fold_scores(found["best"], metric)], what)
    return html + (
        '<div id="table" data-static="true"><p class="controls" hidden><label>Filter <input '
        'type="search" id="filter" placeholder="e.g. C&gt;1 status=complete"></label> '
        '<button type="button" id="before">← before</button> <output id="page"></output> '
        '<button type="button" id="next">next →</button></p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="candidates"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>"
    )


def _cell(value: Any) -> str:
    return "" if value is None else number(value, 5) if isinstance(value, float) else _word(value)


def _listed(words: Sequence[str], most: int = 30) -> str:
    return ", ".join(words[:most]) + (", …" if len(words) > most else "")


def _time(found: Data | None) -> str:
    if found is None:
        return ""
    text = (
        f"{found['n_fits']} fits took {seconds(found['seconds_of_fits'])}, "
        f"{seconds(found['seconds_per_fit'])} each."
    )
    if "utilisation" in found:
        workers = "worker was" if found["n_workers"] == 1 else f"{found['n_workers']} workers were"
        text += f" The {workers} busy for {found['utilisation']:.0%} of the time."
    if found.get("n_saved"):
        text += f" Racing saved {found['n_saved']} fits."
    html = f"<p>{escaped(text)}</p>"
    drawn = []
    if "timeline" in found:
        drawn.append(pictures.timeline(found))
    if "slow" in found and len(found["slow"]["names"]) > 1:
        drawn.append(pictures.share_bars(found["slow"], "share in what makes a fit slow"))
    if drawn:
        what = "When each worker ran which fold." if "timeline" in found else ""
        n_bars = len(found.get("timeline", {}).get("ends", []))
        if n_bars and n_bars < found["timeline"]["n_folds"]:
            what += f" {n_bars} of {found['timeline']['n_folds']} folds are drawn."
        if "slow" in found:
            what += " What makes a fit slow, as shares with 90 % bands."
        html += _figures(drawn, what.strip())
    return html


def _curves(found: Data | None, summary: Data) -> str:
    if found is None:
        return ""
    what = (
        f"{found['metric']} after each epoch, the median of the folds, of the best "
        f"{len(found['curves'])} candidates that report it; the best one in colour."
    )
    return _figures([pictures.curves_picture(found, summary.get("best_index"))], what)


def _annealing(found: Data | None) -> str:
    if found is None:
        return ""
    what = "The temperature in spreads of the scores, and the share of the last moves accepted."
    return _figures(pictures.annealing_pictures(found), what)


def _failures(found: Data | None) -> str:
    if found is None:
        return ""
    html = f"<p>{found['n_failed']} candidates failed.</p>"
    for group in found["groups"]:
        title = group["reason"] or "Reason unknown: the search has not kept it"
        html += f"<details open><summary>{group['n_candidates']} of {found['n_failed']}: "
        html += f"{escaped(title)}</summary>"
        if shared := group["shared"]:
            condition = f"{shared['name']} {shared['sign']} {_word(shared['value'])}"
            html += (
                f"<p>{shared['n_failed']} of them have <code>{escaped(condition)}</code>; "
                f"of those that worked {shared['n_worked'] or 'none'} have.</p>"
            )
        rows = [f"#{row}" for row in group["candidates"]]
        more = ", …" if group["n_candidates"] > len(rows) else ""
        html += f"<p>Candidates {', '.join(rows)}{more}</p>"
        if group["traceback"]:
            html += f'<pre tabindex="0">{escaped(group["traceback"])}</pre>'
        html += "</details>"
    return html


def _repetition(found: Data) -> str:
    html = f'<pre tabindex="0">{escaped(found["call"])}</pre>' if found["call"] else ""
    facts = [("random_state", found["seed"]), ("cv", found["cv"])]
    facts.append(("folds", str(found["n_splits"])))
    facts += [(name, found[name]) for name in ("X", "y") if name in found]
    facts += list(found["versions"].items())
    rows = "".join(f"<div><dt>{escaped(k)}</dt><dd>{escaped(v)}</dd></div>" for k, v in facts if v)
    return html + f'<dl class="facts">{rows}</dl>'
