"""Reading the pictures of all fits through the cache of ImageReader, against decoding each time.

PNG files of 200x200 pixels in colour, smooth with some noise like photographs, read at 64x64 with
the same resize: five folds for each of several candidates, and each fit reads all of its training
and test pictures. Both run in turn in one process; figures are wall-clock seconds. Pillow decodes
one picture after the other, as loops and Keras's generators do; and, as a second peer, in as many
threads as there are cores, as the cache itself does. The first fold of the first candidate, which
fills the cache, is reported separately and left out of the medians.

    python benchmarks/networks/image_cache.py [n_images] [--candidates 4] [--size 64]
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import joblib
import numpy as np
from _keras_common import spread, versions
from PIL import Image
from sklearn.model_selection import KFold

SIDE = 200
N_FOLDS = 5


def write_pictures(folder, n_images):
    """Write PNG files and return their paths as an array."""
    rng = np.random.RandomState(0)
    for number in range(n_images):
        coarse = Image.fromarray(rng.randint(0, 256, (12, 12, 3)).astype(np.uint8))
        smooth = np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=int)
        noisy = np.clip(smooth + rng.randint(-4, 5, smooth.shape), 0, 255)
        Image.fromarray(noisy.astype(np.uint8)).save(folder / f"{number:05}.png")
    return np.array(sorted(str(path) for path in folder.iterdir()))


def decode(path, size):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def by_pillow(paths, size):
    return np.stack([decode(path, size) for path in paths])


def by_threads(paths, size):
    with ThreadPoolExecutor(joblib.cpu_count()) as pool:
        return np.stack(list(pool.map(partial(decode, size=size), paths)))


def by_cache(paths, size, directory):
    from sktune.keras import ImageReader

    return np.asarray(ImageReader(size=(size, size), cache_dir=directory).transform(paths))


def read_fit(read, paths, train, test):
    """Return the seconds to read the pictures of one fit, and a training picture."""
    start = time.perf_counter()
    pixels = read(paths[train])
    read(paths[test])
    return time.perf_counter() - start, pixels[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n_images", type=int, nargs="?", default=1000)
    parser.add_argument("--candidates", type=int, default=4)
    parser.add_argument("--size", type=int, default=64)
    arguments = parser.parse_args()
    print(f"{versions()}, pillow {Image.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pictures").mkdir()
        paths = write_pictures(Path(folder) / "pictures", arguments.n_images)
        by_cache(paths[:1], 8, Path(folder) / "warm")  # imports TensorFlow
        readers = {
            "Pillow": partial(by_pillow, size=arguments.size),
            "Pillow in threads": partial(by_threads, size=arguments.size),
            "cache": partial(by_cache, size=arguments.size, directory=Path(folder) / "cache"),
        }
        compare(readers, paths, arguments.candidates)


def compare(readers, paths, n_candidates):
    """Run all fits and print the figures."""
    folds = list(KFold(N_FOLDS, shuffle=True, random_state=0).split(paths))
    seconds = {name: [] for name in readers}
    for n in range(n_candidates * N_FOLDS):
        order = list(readers)[:: 1 if n % 2 else -1]
        pictures = {}
        for name in order:
            taken, pictures[name] = read_fit(readers[name], paths, *folds[n % N_FOLDS])
            seconds[name].append(taken)
        assert all(np.array_equal(picture, pictures["cache"]) for picture in pictures.values())
    print(f"{len(paths)} pictures, {N_FOLDS} folds, {n_candidates} candidates")
    for name, column in seconds.items():
        print(f"  {name}: seconds a fit {spread(column[1:], '.4f')}, first {column[0]:.3f}")
    for name in ("Pillow", "Pillow in threads"):
        pairs = zip(seconds[name][1:], seconds["cache"][1:], strict=True)
        total = sum(seconds[name]) / sum(seconds["cache"])
        print(f"{name} / cache: {spread([a / b for a, b in pairs], '.1f')}; all fits {total:.1f}")


if __name__ == "__main__":
    main()
