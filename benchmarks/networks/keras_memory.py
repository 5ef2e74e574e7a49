"""Memory that remains in use after many fits of a small CNN in one process.

Resident memory in MB after 1, 20, 40, 80, 120, 160 and 200 fits of one epoch on 300 digits,
scored on 200; each case in its own process, without explicit garbage collection.

``one``: one architecture; learning rate, dropout and batch size vary. The batch size is 16, 32,
64 or 128; with ``--any-batch-size`` any integer from 16 to 128; TensorFlow's oneDNN
keeps kernels for each of these shapes. Figure: growth from 20 to 200 fits in percent.
``many``: 200 architectures. Figure: MB per architecture, over all fits and after the number of idle
programs has reached its limit.
``--peer``: scikeras's wrapper on the first 60 fits of ``one``, with the same kind of network.

    python benchmarks/networks/keras_memory.py [n_fits] [--cases one many]
        [--any-batch-size] [--peer]
"""

import argparse

import psutil
from _keras_common import ColdProcess, load_images, network, report, versions, wrapper

N_FITS = 200
N_PEER_FITS = 60
MARKS = (1, 20, 40, 60, 80, 120, 160, 200)
N_TRAIN, N_TEST = 300, 200
BATCH_SIZES = [16, 32, 64, 128]


def settings_of_one(n_fits, is_any_batch_size):
    """Return random settings that do not change the architecture."""
    import numpy as np

    rng = np.random.default_rng(0)
    low, high = min(BATCH_SIZES), max(BATCH_SIZES)
    return [
        {
            "learning_rate": 10 ** rng.uniform(-4, -2),
            "dropout": rng.uniform(0, 0.5),
            "batch_size": int(
                rng.integers(low, high + 1) if is_any_batch_size else rng.choice(BATCH_SIZES)
            ),
        }
        for _ in range(n_fits)
    ]


def classifiers(case, n_fits, is_any_batch_size):
    """Yield the classifiers of a case."""
    if case == "peer":
        for setting in settings_of_one(n_fits, is_any_batch_size):
            routed = {f"model__{name}": setting[name] for name in ("learning_rate", "dropout")}
            yield wrapper("scikeras")(
                network, batch_size=setting["batch_size"], verbose=0, model__filters=32, **routed
            )
        return
    from sktune.keras import CNNClassifier

    if case == "one":
        for setting in settings_of_one(n_fits, is_any_batch_size):
            yield CNNClassifier(filters=32, epochs=1, **setting)
    else:
        for i in range(n_fits):
            yield CNNClassifier(filters=(4 + i % 50, 4 + i // 50), epochs=1)


def work(case, n_fits, is_any_batch_size):
    """Run the fits in this process; report the memory, in MB, at the marks."""
    X, y = load_images()
    train, test = slice(N_TRAIN), slice(N_TRAIN, N_TRAIN + N_TEST)
    process = psutil.Process()
    for n, classifier in enumerate(classifiers(case, n_fits, is_any_batch_size), 1):
        classifier.fit(X[train], y[train]).score(X[test], y[test])
        if n in MARKS:
            report(n=n, mb=process.memory_info().rss / 2**20)


def measure(case, n_fits, is_any_batch_size):
    option = ["--any-batch-size"] if is_any_batch_size else []
    process = ColdProcess(__file__, n_fits, "--work", case, *option)
    memory = {record["n"]: record["mb"] for _, record in process}
    print(f"{case}: " + ", ".join(f"{n}: {mb:.0f} MB" for n, mb in memory.items()))
    crash = process.crash()
    if crash:
        print(f"  crashed: {crash}", flush=True)
        return
    for first in (20, 40) if case == "many" else (20,):
        last = max(memory)
        if first < last:
            more = memory[last] - memory[first]
            print(
                f"  from {first} to {last} fits: {100 * more / memory[first]:+.1f} %, "
                f"{more / (last - first):+.2f} MB a fit",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n_fits", type=int, nargs="?", default=N_FITS)
    parser.add_argument("--cases", nargs="*", choices=("one", "many"), default=("one", "many"))
    parser.add_argument("--any-batch-size", action="store_true")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--work", choices=("one", "many", "peer"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.n_fits, arguments.any_batch_size)
        return
    print(versions(), flush=True)
    for case in arguments.cases:
        measure(case, arguments.n_fits, arguments.any_batch_size and case == "one")
    if arguments.peer:
        measure("peer", min(arguments.n_fits, N_PEER_FITS), arguments.any_batch_size)


if __name__ == "__main__":
    main()
