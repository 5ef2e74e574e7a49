"""Each image is decoded once, whoever asks for it, within the bounds that are set."""

import os
import pickle
import random
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sktune.exceptions import ImageFileError
from sktune.keras import ImageReader
from sktune.keras._images import _cache
from sktune.keras._images._cache import default_directory

MB = 2**20
# 512x512 in three colours: 0.75 MB each.
LARGE = (512, 512)


@pytest.fixture
def paths(tmp_path):
    """Eight images, each of one grey that is its number."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(8):
        Image.new("L", (16, 16), number).save(folder / f"{number}.png")
    return sorted(str(path) for path in folder.iterdir())


@pytest.fixture
def decoded(monkeypatch):
    """Names of the files that are decoded."""
    names = []
    real = _cache.try_decode

    def counting(path, form):
        names.append(os.path.basename(path))
        return real(path, form)

    monkeypatch.setattr(_cache, "try_decode", counting)
    return names


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def make(cache):
    """Return a reader of small images; settings as for ImageReader."""
    return lambda **settings: ImageReader(**{"size": (8, 8), "cache_dir": cache, **settings})


def greys(images):
    """The grey of each image."""
    return np.asarray(images)[:, 0, 0, 0].tolist()


def record_files(cache):
    return sorted(path.name for path in cache.iterdir() if path.suffix == ".records")


def n_bytes(cache):
    return sum(path.stat().st_size for path in cache.glob("*.records"))


def test_decoded_once(make, paths, decoded):
    assert greys(make().transform(paths[:5])) == [0, 1, 2, 3, 4]
    assert greys(make().transform(paths[:2:-1])) == [7, 6, 5, 4, 3]
    assert greys(make(rescale=None).transform([paths[6], paths[0], paths[6]])) == [6, 0, 6]
    assert sorted(decoded) == [f"{number}.png" for number in range(8)]


@pytest.mark.parametrize(
    "change", [{"size": (8, 4)}, {"color": "grayscale"}, {"interpolation": "nearest"}], ids=str
)
def test_decoded_again_for_another_form(make, paths, decoded, change):
    make().transform(paths)
    assert greys(make(**change).transform(paths)) == list(range(8))
    assert greys(make().transform(paths)) == list(range(8))
    assert len(decoded) == 16


def test_a_changed_file_is_decoded_anew(make, paths, decoded):
    before = make().transform(paths)
    Image.new("L", (16, 16), 200).save(paths[3])
    os.utime(paths[3], ns=(1, 1))  # a clock may be too coarse to show the change
    after = make().transform(paths)
    assert decoded[8:] == ["3.png"]
    assert greys(after)[3] == 200
    assert greys(before) == list(range(8))  # what someone holds is never overwritten


def test_chunks(make, paths, decoded, monkeypatch):
    monkeypatch.setattr(_cache, "_CHUNK_BYTES", 1)
    monkeypatch.setattr(_cache.joblib, "cpu_count", lambda: 3)
    assert greys(make().transform(paths)) == list(range(8))
    assert len(decoded) == 8


def test_what_was_done_before_a_crash_is_kept(make, paths, decoded, monkeypatch):
    monkeypatch.setattr(_cache, "_CHUNK_BYTES", 1)
    monkeypatch.setattr(_cache.joblib, "cpu_count", lambda: 2)
    real = _cache.Index.add_images
    calls = []

    def crash(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(_cache.Index, "add_images", crash)
        with pytest.raises(KeyboardInterrupt):
            make().transform(paths)
    assert greys(make().transform(paths)) == list(range(8))
    # Two chunks were known of; the third was written and nobody had been told.
    assert sorted(decoded) == sorted([*(f"{n}.png" for n in range(8)), "4.png", "5.png"])


# Concurrency


def test_threads_decode_once(make, paths, decoded):
    start = threading.Barrier(6)

    def read(seed):
        order = random.Random(seed).sample(range(8), 8)
        start.wait()
        return order == greys(make().transform([paths[n] for n in order]))

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(read, range(6)))
    assert len(decoded) == 8


PROCESS = """
import os, sys
from sktune.keras import ImageReader
from sktune.keras._images import _cache

log, cache, *paths = sys.argv[1:]
real = _cache.try_decode

def counting(path, form):
    with open(log, "a") as file:
        file.write(os.path.basename(path) + "\\n")
    return real(path, form)

_cache.try_decode = counting
_cache._CHUNK_BYTES = 1
print("ready", flush=True)
sys.stdin.readline()
images = ImageReader(size=(8, 8), cache_dir=cache).transform(paths)
print(*(image[0, 0, 0] for image in images))
"""


@pytest.mark.slow
def test_processes_decode_once(cache, paths, tmp_path):
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROCESS, str(log), str(cache), *paths]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    printed = [process.communicate()[0] for process in processes]
    assert printed == ["0 1 2 3 4 5 6 7\n"] * 3
    assert sorted(log.read_text().split()) == [f"{number}.png" for number in range(8)]


def test_a_writer_is_waited_for(make, cache, paths, decoded):
    make().transform(paths[:1])
    with ThreadPoolExecutor(1) as pool:
        with _cache.exclusive_writer(cache):
            assert greys(make().transform(paths[:1])) == [0]  # to read needs no writer
            waiting = pool.submit(make().transform, paths)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.1)
            assert decoded == ["0.png"]
        assert greys(waiting.result()) == list(range(8))


# Bounds


def test_too_small_a_limit(make, cache, paths, decoded):
    with pytest.raises(ValueError, match=r"8 images of 512x512 take 6\.0 MB .*cache_mb=5\.5 .* 6,"):
        make(size=LARGE, cache_mb=5.5).transform(paths)
    assert not decoded
    assert make(size=LARGE, cache_mb=6).transform(paths * 2).shape[0] == 16  # each is there once
    assert n_bytes(cache) == 6 * MB


def test_least_recently_used_forms_go_first(make, cache, paths, decoded):
    sizes = [(512, 512), (256, 1024), (1024, 256)]  # all of 0.75 MB
    first, second, third = (make(size=size, cache_mb=6.8) for size in sizes)
    held = first.transform(paths[:3])
    second.transform(paths[:3])
    first.transform(paths[:3])
    assert len(decoded) == 6
    third.transform(paths[:4])  # 10 images, 9 have room
    assert [name.partition("-")[0] for name in record_files(cache)] == ["1024x256", "512x512"]
    assert first.transform(paths[:3])._path == held._path
    assert len(decoded) == 10
    second.transform(paths[:2])
    assert len(decoded) == 12
    assert n_bytes(cache) <= 6.8 * MB


def test_a_full_form_begins_anew(make, cache, paths, decoded):
    reader = make(size=LARGE, cache_mb=4)
    held = reader.transform(paths[:4])
    others = reader.transform(paths[3:])
    assert len(decoded) == 9  # the fourth again
    assert len(record_files(cache)) == 1
    assert n_bytes(cache) <= 4 * MB
    assert greys(others) == [3, 4, 5, 6, 7]
    assert greys(held) == [0, 1, 2, 3]  # open before it left


def test_arrays_that_left_unread(make, paths):
    images = make().transform(paths)
    pickled = pickle.dumps(images)
    os.unlink(images._path)
    assert greys(images) == list(range(8))
    del images
    copied = pickle.loads(pickled)
    with pytest.raises(FileNotFoundError, match="transform their paths again"):
        np.asarray(copied)


# What can be wrong in the directory


def test_damaged_images_are_named_together(make, paths, decoded):
    for number in (2, 5):
        with open(paths[number], "r+b") as file:
            file.truncate(50)
    with pytest.raises(ImageFileError, match=r"(?s)decoded \(2\):\n  .*2\.png: .*\n  .*5\.png: "):
        make().transform(paths)
    good = [path for number, path in enumerate(paths) if number not in (2, 5)]
    assert greys(make().transform(good)) == [0, 1, 3, 4, 6, 7]
    assert len(decoded) == 8  # the others were kept


def garble(path):
    data = path.read_bytes()
    path.write_bytes(data[:200] + b"\xa5" * (len(data) - 200))


def of_something_else(path):
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE files (id INTEGER)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"this is no database" * 100),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: os.truncate(path, 5000),
        garble,
        of_something_else,
    ],
    ids=["text", "empty", "gone", "cut off", "garbled", "of something else"],
)
def test_a_damaged_index_is_replaced(make, cache, paths, decoded, damage):
    make().transform(paths)
    damage(cache / "index-1.sqlite")
    assert greys(make().transform(paths)) == list(range(8))
    assert greys(make().transform(paths)) == list(range(8))
    assert len(decoded) == 16
    assert len(record_files(cache)) == 1  # nothing is left of the old one


def test_a_damaged_lock(make, cache, paths):
    cache.mkdir()
    (cache / "lock-1.sqlite").write_bytes(b"this is no database" * 100)
    assert greys(make().transform(paths)) == list(range(8))


@pytest.mark.parametrize("damage", [os.unlink, lambda path: os.truncate(path, 100)])
def test_a_record_file_that_is_gone_or_cut_off(make, cache, paths, decoded, damage):
    make().transform(paths)
    damage(cache / record_files(cache)[0])
    assert greys(make().transform(paths)) == list(range(8))
    assert len(decoded) == 16


def test_other_files_in_the_directory_are_left_alone(make, cache, paths):
    cache.mkdir()
    for name in ("thesis.txt", "my.records", "64x64-rgb.records"):
        (cache / name).write_text("mine")
    (cache / ("8x8-rgb-bilinear-" + "0" * 32 + ".records")).write_text("left by a crash")
    make().transform(paths)
    assert len([path for path in cache.iterdir() if path.read_bytes() == b"mine"]) == 3
    assert len(record_files(cache)) == 3


def test_a_directory_that_cannot_be_used(make, cache, paths):
    (cache / "index-1.sqlite").mkdir(parents=True)
    with pytest.raises(OSError, match=re.escape(f"{str(cache)!r} cannot be used")):
        make().transform(paths)


def test_a_place_where_nothing_can_be_written(make, tmp_path, paths):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match=r"file.*cannot be used: .*Set cache_dir to another dir"):
        make(cache_dir=tmp_path / "file" / "cache").transform(paths)


@pytest.mark.parametrize("step", ["mkdir", "touch", "fsync"])
@pytest.mark.parametrize("error", [PermissionError(13, "no"), OSError(28, "disk is full")])
def test_every_step_says_which_parameter_to_change(make, cache, paths, monkeypatch, step, error):
    def refuse(*args, **kwargs):
        raise error

    # Who runs the tests may be allowed everything: the system's answer is stood in for.
    monkeypatch.setattr(os if step == "fsync" else Path, step, refuse)
    with pytest.raises(type(error), match=r"cannot be used.*Set cache_dir to another directory"):
        make().transform(paths)


# Where it lies


def test_default_directory(monkeypatch, tmp_path, paths):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    ImageReader(size=(8, 8)).transform(paths)
    directory = tmp_path / "xdg" / "sktune" / "images"
    assert default_directory() == directory
    assert len(record_files(directory)) == 1
    if os.name == "posix":
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((directory / record_files(directory)[0]).stat().st_mode) == 0o600


def test_default_directory_without_the_variable(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_directory().parts[-4:] == ("~", ".cache", "sktune", "images")


def test_relative_directory(make, monkeypatch, tmp_path, paths):
    monkeypatch.chdir(tmp_path)
    images = make(cache_dir="here").transform(paths)
    assert images._path.startswith(str(tmp_path / "here"))
