"""Memory while a network trains on more pictures than would fit in memory.

Writes PNG files whose decoded pixels take four times a limit, reads them by ``ImageReader`` and
trains ``CNNClassifier`` for an epoch, then predicts. Figure: the peak of the resident memory of
that process, including TensorFlow's own 0.6 to 0.7 GB; aim: at most the limit.
It needs disk space of about a fifth more than four times the limit.

    python benchmarks/networks/image_memory.py [--limit-mb 1024] [--side 256]
"""

import argparse
import math
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _keras_common import ColdProcess, report, versions
from PIL import Image

TIMES = 4
SMALL_SIDE = 32  # of the files, which are enlarged when they are read
MB = 2**20


def write_pictures(folder, n_pictures):
    """Write PNG files of two classes, brighter and darker."""
    rng = np.random.default_rng(0)
    for n in range(n_pictures):
        pixels = rng.integers(0, 128, (SMALL_SIDE, SMALL_SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels + 100 * (n % 2)).save(folder / f"{n:06d}.png")


def peak_mb():
    """Return the largest resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MB if sys.platform == "darwin" else 1024)


def work(folder, side):
    """Read, train and predict in this process."""
    from sktune.keras import CNNClassifier, ImageReader

    folder = Path(folder)
    paths = np.array(sorted(str(path) for path in folder.glob("*.png")))
    y = np.arange(len(paths)) % 2
    report(step="TensorFlow imported", peak=peak_mb())
    cache = {"cache_dir": str(folder / "cache"), "cache_mb": 2 * side**2 * 3 * len(paths) / MB}
    images = ImageReader((side, side), **cache).transform(paths)
    report(step=f"{images.nbytes / MB:.0f} MB decoded", peak=peak_mb())
    network = CNNClassifier(filters=(4, 4, 4), dense_units=8, batch_size=16, epochs=1)
    network.fit(images, y)
    report(step="trained for an epoch", peak=peak_mb())
    score = network.score(images, y)
    report(step=f"predicted, accuracy {score:.3f}", peak=peak_mb())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit-mb", type=float, default=1024)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.side)
        return
    print(versions(), flush=True)
    n_pictures = math.ceil(TIMES * arguments.limit_mb * MB / (arguments.side**2 * 3))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_pictures(Path(folder), n_pictures)
        print(f"{n_pictures} files written in {time.perf_counter() - start:.0f} s", flush=True)
        process = ColdProcess(__file__, "--worker", folder, "--side", arguments.side)
        peak = math.nan
        for seconds, record in process:
            peak = record["peak"]
            print(f"  {seconds:6.1f} s: {record['step']}, peak {peak:.0f} MB", flush=True)
        if crash := process.crash():
            sys.exit(crash)
    is_within = "within" if peak <= arguments.limit_mb else "NOT within"
    print(f"peak {peak:.0f} MB, {is_within} the limit of {arguments.limit_mb:.0f} MB")


if __name__ == "__main__":
    main()
