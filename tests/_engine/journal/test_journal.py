"""The journal: what is written comes back exactly, and nothing foreign is ever touched."""

import errno
import json
import math
import os
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest

from sktune._engine.journal import _lock
from sktune._engine.journal._file import Journal
from sktune._engine.journal._lines import CHECKS, UNWRITTEN, CandidateRecord, from_line, to_line
from sktune._records import FoldResult
from sktune.exceptions import JournalError, JournalWarning

HEADER = {
    "fingerprint": {"estimator": {"class": "SVC", "params": {"C": 1.0}}, "error_score": math.nan},
    "drawn": {"seed": 17, "folds": ["abc"]},
}

# Where a fresh interpreter finds what it is to import.
ROOT = Path(__file__).parents[3]

PLAIN = {"fingerprint": {}, "drawn": 0}


def make_candidate(number, **changes):
    record = CandidateRecord(number, 0, (0.1, 0.5), "model", 0.25, 2, {"C": 0.1, "k": None})
    return replace(record, **changes)


def make_fold(number, split, **changes):
    return replace(FoldResult(number, split, 0.1 * split, None, 1.5, 0.25), **changes)


RECORDS = [
    make_candidate(0),
    make_fold(0, 1, test_scores={"a": 0.5, "ß": math.nan}, train_scores={"a": 1, "ß": -0.0}),
    make_candidate(1, resource=9, parent=0, source="promotion"),
    make_fold(
        1,
        0,
        fit_error="Traceback\n\udcff 1\u2028",
        failed_metrics=frozenset({"score"}),
    ),
    make_fold(0, 0, report={"": {"loss": [0.5, 0.25]}}, timed_out=True, worker="here-1-1"),
]


def same(a, b):
    """Whether two values are the same to the last bit, types and nan included."""
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return type(b) is float and np.float64(a).tobytes() == np.float64(b).tobytes()
    return type(a) is type(b) and a == b


def assert_same(found, expected):
    assert [type(record) for record in found] == [type(record) for record in expected]
    for a, b in zip(found, expected, strict=True):
        assert same(asdict(a), asdict(b)), (a, b)


def write(path, records=RECORDS, header=HEADER):
    with Journal.open(path, header) as journal:
        for seconds, record in enumerate(records, start=1):
            is_fold = isinstance(record, FoldResult)
            (journal.add_fold if is_fold else journal.add_candidate)(record, seconds / 2)


def read(path, header=HEADER):
    with Journal.open(path, header) as journal:
        return journal.records


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.jsonl"


# What is written


def test_everything_comes_back_in_its_order(path):
    write(path)
    with Journal.open(path, HEADER) as journal:
        assert_same(journal.records, RECORDS)
        assert journal.elapsed == len(RECORDS) / 2
        journal.add_fold(make_fold(1, 1), 9.0)
    with Journal.open(path, HEADER) as journal:
        assert_same(journal.records, [*RECORDS, make_fold(1, 1)])
        assert journal.elapsed == 9.0


def test_a_new_journal_is_empty(path):
    with Journal.open(path, HEADER) as journal:
        assert (journal.records, journal.elapsed) == ([], 0.0)
        assert journal.drawn == {"seed": 17, "folds": ["abc"]}


def test_it_is_lines_of_json(path):
    write(path)
    lines = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    assert lines[0]["sktune_journal"] == 2
    assert [line["kind"] for line in lines[1:]] == ["candidate", "fold", "candidate"] + ["fold"] * 2


def test_what_was_drawn_is_taken_from_the_file(path):
    write(path)
    with Journal.open(path, HEADER | {"drawn": {"seed": 99}}) as journal:
        assert journal.drawn == {"seed": 17, "folds": ["abc"]}


def test_drawn_is_the_same_in_the_first_session_as_in_later_ones(path):
    header = HEADER | {"drawn": {"pair": (1, np.int64(2))}}
    with Journal.open(path, header) as journal:
        first = journal.drawn
    with Journal.open(path, header) as journal:
        assert same(first, journal.drawn)
    assert same(first, {"pair": [1, 2]})


def random_number(rng):
    bits = rng.integers(0, 2**64, dtype=np.uint64)
    choices = [
        float(bits.view(np.float64)),
        math.nan,
        math.inf,
        -math.inf,
        -0.0,
        5e-324,
        int(bits),
        0,
        True,
        float(rng.normal()),
    ]
    number = choices[rng.integers(len(choices))]
    # Of all the nans JSON keeps one.
    return math.nan if isinstance(number, float) and math.isnan(number) else number


def random_text(rng):
    letters = ["\n", "\r", '"', "\\", "\x00", "\x85", "\u2028", "é", "漢", "😀", "\udc80", "a"]
    return "".join(rng.choice(letters, size=rng.integers(0, 8)).tolist())


def random_report(rng, depth=0):
    kind = rng.integers(0, 3 if depth < 3 else 1)
    if kind == 0:
        return [None, random_text(rng), random_number(rng)][rng.integers(3)]
    inner = [random_report(rng, depth + 1) for _ in range(rng.integers(0, 4))]
    return inner if kind == 1 else {f"{i}{random_text(rng)}": v for i, v in enumerate(inner)}


def random_scores(rng):
    if rng.random() < 0.5:
        return random_number(rng)
    return {f"{i}{random_text(rng)}": random_number(rng) for i in range(rng.integers(0, 4))}


def random_fold(rng, split):
    return FoldResult(
        candidate_id=0,
        split=split,
        test_scores=random_scores(rng),
        train_scores=[None, random_scores(rng)][rng.integers(2)],
        fit_time=random_number(rng),
        score_time=random_number(rng),
        fit_error=[None, random_text(rng)][rng.integers(2)],
        failed_metrics=frozenset(random_text(rng) for _ in range(rng.integers(3))),
        report=[None, {"": {"x": random_report(rng)}, "step": {}}][rng.integers(2)],
        timed_out=bool(rng.integers(2)),
        asks_to_stop=bool(rng.integers(2)),
    )


def test_random_results_come_back_exactly(path):
    rng = np.random.default_rng(0)
    records = [make_candidate(0)] + [random_fold(rng, split) for split in range(500)]
    write(path, records)
    assert_same(read(path), records)


@pytest.mark.parametrize(
    "value, expected",
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.float64("nan"), math.nan),
    ],
)
def test_numpy_scalars_become_plain_numbers(path, value, expected):
    fold = make_fold(0, 0, test_scores={"a": value}, fit_time=value, report={"": {"x": [value]}})
    write(path, [make_candidate(0), fold])
    plain = make_fold(
        0, 0, test_scores={"a": expected}, fit_time=expected, report={"": {"x": [expected]}}
    )
    assert_same(read(path)[1:], [plain])


def test_the_keys_of_a_line_are_the_fields_of_its_record():
    # A field that a record gains must be checked too, or old journals cannot be told apart.
    assert list(CHECKS["candidate"]) == [field.name for field in fields(CandidateRecord)]
    names = [field.name for field in fields(FoldResult) if field.name not in UNWRITTEN]
    assert list(CHECKS["fold"]) == names


@pytest.mark.parametrize("bad", [object(), {1: 2}, {"deep": [{(1, 2): 0}]}, [{"x": {None: 1}}]])
def test_a_report_that_json_cannot_hold_is_left_out_with_one_warning(path, bad):
    folds = [make_fold(0, split, report={"": {"x": bad}}) for split in range(3)]
    with pytest.warns(JournalWarning, match="report") as caught:
        write(path, [make_candidate(0), *folds])
    assert len(caught) == 1
    assert_same(read(path)[1:], [make_fold(0, split) for split in range(3)])


def test_a_report_with_a_cycle_is_left_out(path):
    loop = {}
    loop["self"] = loop
    with pytest.warns(JournalWarning, match="report"):
        write(path, [make_candidate(0), make_fold(0, 0, report={"": loop})])
    assert_same(read(path)[1:], [make_fold(0, 0)])


@pytest.mark.parametrize(
    "records",
    [
        [make_candidate(1)],
        [make_candidate(0), make_candidate(0)],
        [make_fold(0, 0)],
        [make_candidate(0), make_fold(0, 0), make_fold(0, 0)],
    ],
)
def test_what_could_not_be_read_is_not_written(path, records):
    with pytest.raises(JournalError):
        write(path, records)
    assert_same(read(path), records[:-1])


# What was damaged


@pytest.mark.slow
def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(path):
    write(path)
    data = path.read_bytes()
    start = data.rindex(b"\n", 0, -1) + 1
    assert len(data) - start > 100
    for end in range(start, len(data)):
        path.write_bytes(data[:end])
        assert_same(read(path), RECORDS[:-1])
        assert path.read_bytes() == data[:start]
    write(path, RECORDS[-1:])
    assert_same(read(path), RECORDS)


def test_a_torn_header_begins_anew(path):
    write(path, [])
    data = path.read_bytes()
    for end in range(len(data)):
        path.write_bytes(data[:end])
        assert read(path) == []
        assert path.read_bytes() == data


def test_zeros_at_the_end_are_cut_off(path):
    # So an ext4 file may look after a power cut: its length was written, its data not.
    write(path)
    data = path.read_bytes()
    path.write_bytes(data + b"\0" * 100)
    assert_same(read(path), RECORDS)
    assert path.read_bytes() == data


def changed(line, **changes):
    """A line with other values; those that are ... left out."""
    data = {**json.loads(line), **changes}
    return json.dumps({k: v for k, v in data.items() if v is not ...}).encode()


DAMAGES = {
    "torn": lambda line: line[:-5],
    "not JSON": lambda line: b"\0" * 20,
    "not UTF-8": lambda line: b'{"kind": "\xff"}',
    "empty": lambda line: b"",
    "list": lambda line: b"[1, 2]",
    "kind": lambda line: changed(line, kind="other"),
    "kind that is a list": lambda line: changed(line, kind=["fold"]),
    "no time": lambda line: changed(line, t=...),
    "time nan": lambda line: changed(line, t=math.nan),
    "unknown key": lambda line: changed(line, surprise=1),
    "deep": lambda line: b"[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("number", range(2, len(RECORDS) + 2))
def test_a_damaged_line_is_named_and_nothing_is_changed(path, number, damage):
    write(path)
    lines = path.read_bytes().split(b"\n")
    lines[number - 1] = DAMAGES[damage](lines[number - 1])
    # And a torn end: it must not be cut off a file that is refused.
    data = b"\n".join(lines) + b'{"kind": "fo'
    path.write_bytes(data)
    with pytest.raises(JournalError, match=rf"search\.jsonl.* line {number}:"):
        Journal.open(path, HEADER)
    assert path.read_bytes() == data


@pytest.mark.parametrize("record", [RECORDS[0], RECORDS[1]])
def test_each_key_is_needed_and_checked(record):
    line = to_line(record, 1.0).encode()
    assert_same([from_line(line)[0]], [record])
    for name in json.loads(line):
        for change in (..., {"x": {}}, "x", [[]]):
            if (name, change) in [("params", {"x": {}}), ("fit_error", "x")]:
                continue
            if (name, change) in [("report", {"x": {}}), ("worker", "x"), ("source", "x")]:
                continue
            with pytest.raises(ValueError, match="time" if name == "t" else name):
                from_line(changed(line, **{name: change}))


@pytest.mark.parametrize(
    "lines",
    [
        [make_candidate(0), make_candidate(2)],
        [make_candidate(0), make_candidate(0)],
        [make_candidate(0), make_fold(1, 0)],
        [make_candidate(0), make_fold(0, 1), make_fold(0, 1)],
        [make_candidate(0), make_candidate(1, resource=3, parent=1)],
    ],
)
def test_lines_in_a_wrong_order_are_damage(path, lines):
    write(path, [])
    with path.open("a") as file:
        file.writelines(to_line(record, 1.0) + "\n" for record in lines)
    with pytest.raises(JournalError, match=f"line {len(lines) + 1}:"):
        Journal.open(path, HEADER)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        bytes(range(256)),
        b"a,b\n1,2\n",
        b"a,b",
        b"\n",
        b" ",
        b'{"other": 1}\n',
        b'{"other": 1}',
        b"[]\n",
        b"\xef\xbb\xbf",
        b"\x80\x04K\x01.",
    ],
)
def test_a_foreign_file_is_left_alone(path, data):
    path.write_bytes(data)
    with pytest.raises(JournalError, match="is not a journal"):
        Journal.open(path, HEADER)
    assert path.read_bytes() == data


@pytest.mark.parametrize("changes", [{"fingerprint": ...}, {"drawn": ...}])
def test_a_damaged_header_is_named(path, changes):
    write(path)
    header, rest = path.read_bytes().split(b"\n", 1)
    header = json.dumps(json.loads(changed(header, **changes)), separators=(",", ":")).encode()
    path.write_bytes(header + b"\n" + rest)
    with pytest.raises(JournalError, match="line 1:"):
        Journal.open(path, HEADER)


@pytest.mark.parametrize("number", [1, 3])
def test_another_format_is_refused(path, number):
    write(path)
    data = path.read_bytes().replace(b'"sktune_journal":2,', b'"sktune_journal":%d,' % number)
    path.write_bytes(data + b"torn")
    with pytest.raises(JournalError, match=f"format {number}, .* reads the format 2. Give another"):
        Journal.open(path, HEADER)
    assert path.read_bytes() == data + b"torn"


# Whose file it is


@pytest.mark.parametrize(
    "fingerprint, message",
    [
        ({"C": 2.0}, "estimator.params.C is 2.0 here and 1.0 in the file"),
        ({"C": 1}, "estimator.params.C is 1 here and 1.0 in the file"),
        ({"C": True}, "estimator.params.C is true here"),
        ({}, "estimator.params.C is nothing here and 1.0 in the file"),
        ({"C": 1.0, "k": [1]}, r"estimator.params.k is \[1\] here and nothing in the file"),
        ({"C": "x" * 1000}, r"C is \"x{50,60}\.\.\. here"),
    ],
)
def test_what_differs_is_named(path, fingerprint, message):
    write(path)
    data = path.read_bytes()
    other = {"estimator": {"class": "SVC", "params": fingerprint}, "error_score": math.nan}
    with pytest.raises(JournalError, match=message) as caught:
        Journal.open(path, HEADER | {"fingerprint": other})
    assert len(str(caught.value)) < 500
    assert path.read_bytes() == data


def test_differences_inside_lists_are_named_and_not_too_many_of_them(path):
    write(path, [], {"fingerprint": {"steps": [1, {"C": 1}], "a": [0] * 50}, "drawn": 0})
    other = {"steps": [1, {"C": 2}], "a": [1] * 50}
    with pytest.raises(JournalError, match=r"a\[0\] is 1 here") as caught:
        Journal.open(path, {"fingerprint": other, "drawn": 0})
    assert str(caught.value).count(" here and ") == 8
    with pytest.raises(JournalError, match=r"steps\[1\]\.C is 2 here and 1 in the file"):
        Journal.open(path, {"fingerprint": other | {"a": [0] * 50}, "drawn": 0})


def test_the_order_of_keys_does_not_matter(path):
    write(path)
    turned = dict(reversed(HEADER["fingerprint"].items()))
    assert_same(read(path, HEADER | {"fingerprint": turned}), RECORDS)


@pytest.mark.parametrize("name", ["missing/search.jsonl", "."])
def test_an_unusable_path_is_explained(tmp_path, name):
    with pytest.raises(JournalError, match=r"cannot be opened: .* folder that exists"):
        Journal.open(tmp_path / name, HEADER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")  # not on macOS
def test_a_device_is_refused():
    with pytest.raises(JournalError, match="file on a disk"):
        Journal.open("/dev/full", HEADER)


# Who uses it

HOLD = """
import sys
from sktune._engine.journal._file import Journal
journal = Journal.open(sys.argv[1], {"fingerprint": {}, "drawn": 0})
%s
print("open", flush=True)
sys.stdin.read()
"""

ADD = """
from tests._engine.journal.test_journal import make_candidate, make_fold
journal.add_candidate(make_candidate(0), 1.0)
journal.add_fold(make_fold(0, 0), 2.0)
"""


@contextmanager
def holder(path, then=""):
    """Another process that has the journal open."""
    command = [sys.executable, "-c", HOLD % then, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout.readline() == "open\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.slow
def test_another_process_keeps_us_out_until_it_dies(path):
    with holder(path):
        data = path.read_bytes()
        with pytest.raises(JournalError, match="another search is using the file"):
            Journal.open(path, PLAIN)
        assert path.read_bytes() == data
    assert read(path, PLAIN) == []


def test_another_search_of_this_process_is_kept_out(path):
    with (
        Journal.open(path, HEADER),
        pytest.raises(JournalError, match="another search"),
    ):
        Journal.open(path, HEADER)
    assert read(path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_worker_does_not_keep_the_lock(path):
    journal = Journal.open(path, HEADER)
    reader, writer = os.pipe()
    worker = os.fork()
    if not worker:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    journal.close()
    try:
        assert read(path) == []
    finally:
        os.close(writer)
        os.close(reader)
        os.waitpid(worker, 0)


def test_a_refused_file_is_not_kept_locked(path):
    write(path)
    with pytest.raises(JournalError):
        Journal.open(path, PLAIN)
    assert_same(read(path), RECORDS)


@pytest.mark.skipif(sys.platform == "win32", reason="fcntl")
def test_a_file_system_without_locks_is_used_with_a_warning(path, monkeypatch):
    def flock(descriptor, operation):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(_lock.fcntl, "flock", flock)
    with pytest.warns(JournalWarning, match="cannot be locked"):
        write(path)
    with pytest.warns(JournalWarning, match="cannot be locked"):
        assert_same(read(path), RECORDS)


# What the disk does


@pytest.mark.parametrize("n_bytes", [0, 1, 10])
def test_a_full_disk_ends_the_journal_with_one_warning(path, monkeypatch, n_bytes):
    true_write = os.write

    def write_part(descriptor, data):
        if monkeypatch.n_left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        n_written = true_write(descriptor, data[: monkeypatch.n_left])
        monkeypatch.n_left -= n_written
        return n_written

    journal = Journal.open(path, HEADER)
    journal.add_candidate(make_candidate(0), 1.0)
    monkeypatch.n_left = n_bytes
    monkeypatch.setattr(os, "write", write_part)
    with pytest.warns(JournalWarning, match="No space left.* goes on without") as caught:
        journal.add_fold(make_fold(0, 0), 1.0)
    assert len(caught) == 1
    monkeypatch.n_left = 10**6
    # Space is back: but a fold is missing, so nothing may follow.
    journal.add_fold(make_fold(0, 1), 2.0)
    journal.close()
    assert_same(read(path), [make_candidate(0)])


def test_short_writes_are_completed(path, monkeypatch):
    true_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: true_write(descriptor, data[:7]))
    write(path)
    monkeypatch.undo()
    assert_same(read(path), RECORDS)


def test_a_disk_that_is_full_from_the_start(path, monkeypatch):
    def fail(descriptor, data):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "write", fail)
    with pytest.warns(JournalWarning, match="Read-only") as caught:
        write(path)
    assert len(caught) == 1
    assert path.read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")  # not on macOS
def test_a_real_full_device(path):
    journal = Journal.open(path, HEADER)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, journal._file.fileno())
    os.close(full)
    with pytest.warns(JournalWarning, match="No space left"):
        journal.add_candidate(make_candidate(0), 1.0)
    # In silence: a second warning would be an error.
    journal.add_fold(make_fold(0, 0), 1.0)
    journal.close()


LIMITED = """
import os, resource, sys, warnings
from sktune._engine.journal._file import Journal
from sktune._records import FoldResult
from sktune._engine.journal._lines import CandidateRecord
journal = Journal.open(sys.argv[1], {"fingerprint": {}, "drawn": 0})
journal.add_candidate(CandidateRecord(0, 0, (), "model", 0.0, 1, {}), 0.0)
size = os.path.getsize(sys.argv[1]) + 25
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for split in range(3):
        journal.add_fold(FoldResult(0, split, 0.0, None, 0.0, 0.0), 1.0)
    journal.close()
print([w.category.__name__ for w in caught])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no RLIMIT_FSIZE")
def test_what_a_full_disk_took_of_a_line_is_cut_off(path):
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert result.stdout == "['JournalWarning']\n"
    assert path.read_bytes().endswith(b"\n")
    (record,) = read(path, PLAIN)
    assert record.id == 0


def test_an_interrupted_write_leaves_no_half_line(path, monkeypatch):
    true_write = os.write

    def interrupt(descriptor, data):
        true_write(descriptor, data[:20])
        raise KeyboardInterrupt

    with Journal.open(path, HEADER) as journal:
        journal.add_candidate(make_candidate(0), 1.0)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", interrupt)
            with pytest.raises(KeyboardInterrupt):
                journal.add_fold(make_fold(0, 0), 1.0)
        journal.add_fold(make_fold(0, 1), 2.0)
        journal.add_fold(make_fold(0, 0), 2.0)
    assert_same(read(path), [make_candidate(0), make_fold(0, 1), make_fold(0, 0)])


class Clock:
    """Stands for `time.monotonic`, and counts the calls of fsync."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        self.n_syncs = 0
        self.error = None
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(os, "fsync", self.sync)

    def sync(self, descriptor):
        assert stat.S_ISREG(os.fstat(descriptor).st_mode)
        self.n_syncs += 1
        if self.error:
            raise self.error


def test_it_is_synchronised_once_a_second_and_only_when_needed(path, monkeypatch):
    clock = Clock(monkeypatch)
    journal = Journal.open(path, HEADER)
    assert clock.n_syncs == 1  # the header at once
    journal.add_candidate(make_candidate(0), 0.1)
    clock.now += 0.5
    journal.add_fold(make_fold(0, 0), 0.5)
    assert clock.n_syncs == 1
    clock.now += 0.5
    journal.add_fold(make_fold(0, 1), 1.0)
    assert clock.n_syncs == 2
    clock.now += 3600
    journal.add_fold(make_fold(0, 2), 3601.0)
    assert clock.n_syncs == 3
    journal.close()
    assert clock.n_syncs == 3


def test_closing_synchronises_what_is_left_and_may_be_repeated(path, monkeypatch):
    clock = Clock(monkeypatch)
    journal = Journal.open(path, HEADER)
    journal.add_candidate(make_candidate(0), 0.1)
    journal.close()
    journal.close()
    assert clock.n_syncs == 2


def test_a_failing_fsync_ends_the_journal_with_one_warning(path, monkeypatch):
    clock = Clock(monkeypatch)
    journal = Journal.open(path, HEADER)
    journal.add_candidate(make_candidate(0), 0.1)
    clock.error = OSError(errno.EIO, "Input/output error")
    clock.now += 5
    with pytest.warns(JournalWarning, match="Input/output"):
        journal.add_fold(make_fold(0, 0), 5.0)
    clock.now += 5
    # In silence: a second warning would be an error.
    journal.add_fold(make_fold(0, 1), 10.0)
    journal.close()
    assert clock.n_syncs == 2
    assert_same(read(path), [make_candidate(0), make_fold(0, 0)])


@pytest.mark.slow
def test_each_line_is_in_the_file_before_the_call_returns(path):
    with holder(path, ADD):
        pass
    assert_same(read(path, PLAIN), [make_candidate(0), make_fold(0, 0)])


@pytest.mark.slow
def test_the_last_line_is_synchronised_while_the_caller_is_busy(path, monkeypatch):
    synced = threading.Event()
    fsync = os.fsync
    journal = Journal.open(path, HEADER)  # synchronised at once

    def note(descriptor):
        fsync(descriptor)
        synced.set()

    monkeypatch.setattr(os, "fsync", note)
    with journal:
        journal.add_candidate(make_candidate(0), 0.0)
        assert synced.wait(60)
