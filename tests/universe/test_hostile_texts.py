"""No text of a user's becomes markup in a report: names, values, metrics, titles, tracebacks."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import uniform

from sktune.inspection._report import make_report, read_source
from sktune.inspection._report._page import as_script
from tests.inspection._records import record_of
from tests.inspection._searches import Texts, json_in
from tests.universe._sample import IS_WHOLE

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!--",
    "<![CDATA[",
    "' onload='alert(1)",
    "\u2028\u2029\x00\x1f\ud800",
    "&lt;&amp;&#60;",
    "</title></style></svg>",
]


def hostile_report(text):
    scores = np.linspace(0.1, 0.9, 12)
    scores[3] = scores[7] = np.nan
    rows = [{text or "p": f"{text}{i % 3}", "x": i / 12} for i in range(12)]
    space = {text or "p": [f"{text}{i}" for i in range(3)], "x": uniform(0, 1)}
    record = record_of(rows, scores, space, metric=text or "score")
    source = read_source(record)
    errors = {(3, 0): f"Traceback\n  {text}\nValueError: {text}", (7, 0): f"{text}"}
    fields = {name: getattr(source, name) for name in source.__dataclass_fields__}
    fields |= {"errors": errors, "call": text, "warnings": (text,), "seed": text}
    return make_report(type(source)(**fields), title=text)


SAFE = hostile_report("harmless")


@pytest.mark.slow
@example("".join(HOSTILE))
@given(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40)))
@settings(max_examples=60 if IS_WHOLE else 3)
def test_no_text_becomes_markup(text):
    report = hostile_report(text)
    page, safe = Texts(report.html), Texts(SAFE.html)
    # The same elements as with harmless texts, but for marks that are placed by the words' order.
    assert set(page.tags) == set(safe.tags)
    assert page.tags.count("script") == 2
    assert not page.open
    assert {name for name, _ in page.attributes} == {name for name, _ in safe.attributes}
    assert json_in(report.html) == json.loads(json.dumps(report.data))
    report.html.encode("utf-8")
    frame = Texts(report._repr_html_())
    assert frame.tags == ["iframe"]
    assert dict(frame.attributes)["srcdoc"] == report.html


@given(st.text())
def test_scripts_hold_any_text(text):
    inside = as_script({"a": [text, {text: 1}]})
    assert not set("<>&\u2028\u2029") & set(inside)
    assert json.loads(inside) == {"a": [text, {text: 1}]}
