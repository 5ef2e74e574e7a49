"""One fit and score of a small CNN: scikeras's wrapper against ours, with the same network.

Five epochs on digits, both wrappers in turn in one process, each case in a process of its own, on
one core: the figure is the CPU time theirs / ours of each pair. Pairs differ in fold, dropout and
learning rate. The first pair, in which ours traces, is reported separately and left out. The fits
have no seed: with one, scikeras switches TensorFlow to deterministic operations; a fit of scikeras
then took 3.4 s instead of 2.7 s, and one of ours in turn with it 0.9 s instead of 0.46 s.
Then the forms in which loss, metrics and optimizer may be given: compiled by the model function, or
given to the estimator as names, classes, instances or ``compile_kwargs``; ours also with a user's
own loss. All run in turn in one process, each round starting with another one. Figures are the CPU
time of a fit of one epoch, and the growth of the process.
At the end a check: without shuffling and dropout our weights are those of ``keras.Model.fit``.
Aims: at least 5 at batch size 32, 6 at 128, 1.5 on images of 32x32x3; each form at most 1.1 times
the CPU time and the growth of a function that compiles by itself.

    python benchmarks/networks/keras_fit.py [n_repeats] [--cases 8x8-32 8x8-128 forms check ...]
"""

import argparse
import gc
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
from _keras_common import (
    bare_network,
    compiling_network,
    load_images,
    network,
    spread,
    versions,
    wrapper,
)

EPOCHS = 5
# Name: size and channels of the images, batch size.
CASES = {"8x8-32": (8, 1, 32), "8x8-128": (8, 1, 128), "32x32x3-32": (32, 3, 32)}
FORMS = "forms"
CHECK = "check"


def use_one_core():
    wrapper("sktune")  # imports TensorFlow without its log messages
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def fit_and_score(library, batch_size, data, n):
    """Return CPU seconds and test score of fit number n."""
    X_train, y_train, X_test, y_test = data
    classifier = wrapper(library)(
        network,
        epochs=EPOCHS,
        batch_size=batch_size,
        verbose=0,
        model__filters=32,
        model__dropout=(0.1, 0.4)[n % 2],
        model__learning_rate=(1e-3, 3e-3)[n // 2 % 2],
    )
    gc.collect()  # so that neither pays for the garbage of the other
    start = time.process_time()
    score = classifier.fit(X_train, y_train).score(X_test, y_test)
    return time.process_time() - start, score


def run_case(name, n_repeats):
    from sklearn.model_selection import StratifiedKFold

    use_one_core()
    size, n_channels, batch_size = CASES[name]
    X, y = load_images(size, n_channels)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y))
    seconds, scores = [], []
    for n in range(n_repeats + 1):
        train, test = folds[n % len(folds)]
        data = X[train], y[train], X[test], y[test]
        order = ("scikeras", "sktune")[:: 1 if n % 2 else -1]
        pair = {library: fit_and_score(library, batch_size, data, n) for library in order}
        seconds.append((pair["scikeras"][0], pair["sktune"][0]))
        scores.append((pair["scikeras"][1], pair["sktune"][1]))
    print_case(name, seconds, scores)


def print_case(name, seconds, scores):
    """Print the figures of a case; the first pair of (theirs, ours) separately."""
    (first_theirs, first_ours), *seconds = seconds
    theirs, ours = zip(*seconds, strict=True)
    print(f"{name}: CPU time theirs / ours {spread([a / b for a, b in seconds])}")
    print(f"  seconds: scikeras {spread(theirs, '.3f')}, sktune {spread(ours, '.3f')}")
    print(f"  first fit, left out: scikeras {first_theirs:.3f} s, sktune {first_ours:.3f} s")
    for library, column in zip(("scikeras", "sktune"), zip(*scores, strict=True), strict=True):
        deviation = statistics.stdev(column)
        print(f"  test score {library}: mean {np.mean(column):.4f}, deviation {deviation:.4f}")
    differences = [ours - theirs for theirs, ours in scores]
    error = statistics.stdev(differences) / len(differences) ** 0.5
    print(f"  ours - theirs {np.mean(differences):+.4f}, standard error {error:.4f}", flush=True)


def own_loss(y_true, y_pred):
    import keras

    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def make_forms():
    """Return parameters of the wrappers, by the form in which loss and optimizer are given."""
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy
    metric = keras.metrics.SparseCategoricalAccuracy
    names = {"loss": "sparse_categorical_crossentropy", "optimizer": "adam"}
    given = {
        "strings": {**names, "metrics": ["accuracy"]},
        "classes": {"loss": loss, "optimizer": keras.optimizers.Adam, "metrics": [metric]},
        "instances": {"loss": loss(), "optimizer": keras.optimizers.Adam(), "metrics": [metric()]},
        "own loss": {**names, "loss": own_loss, "metrics": ["accuracy"]},
    }
    bare = {form: {"model": bare_network, **parts} for form, parts in given.items()}
    kwargs = {"model": compiling_network, **given["strings"]}
    return {"function": {"model": network}, **bare, "compile_kwargs": kwargs}


def resident_megabytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def fit_form(library, parameters, X, y):
    """Return CPU seconds of a fit, and the megabytes by which the process has grown."""
    gc.collect()
    before = resident_megabytes()
    start = time.process_time()
    wrapper(library)(**parameters, epochs=1, batch_size=32, verbose=0).fit(X, y)
    seconds = time.process_time() - start
    gc.collect()
    return seconds, resident_megabytes() - before


def run_forms(n_repeats):
    use_one_core()
    X, y = load_images()
    for library in ("sktune", "scikeras"):
        forms = make_forms()
        if library == "scikeras":
            del forms["own loss"]
        for form in list(forms):
            try:  # the first fit, in which ours traces, is left out; scikeras may fail at the next
                for _ in range(2):
                    fit_form(library, forms[form], X, y)
            except Exception as error:
                reason = str(error).strip().splitlines()[0]
                print(f"{library} {form}: fails, {type(error).__name__}: {reason}")
                del forms[form]
        costs = {form: [] for form in forms}
        for n in range(n_repeats):
            start = n % len(forms)
            for form in [*forms][start:] + [*forms][:start]:
                costs[form].append(fit_form(library, forms[form], X, y))
        print_forms(library, costs)


def print_forms(library, costs):
    """Print the (CPU seconds, megabytes) of each form."""
    base, _ = zip(*costs["function"], strict=True)
    for form, pairs in costs.items():
        seconds, growth = zip(*pairs, strict=True)
        ratios = [a / b for a, b in zip(seconds, base, strict=True)]
        print(f"{library} {form}: CPU seconds {spread(seconds, '.3f')}")
        print(f"  times those of a function that compiles: {spread(ratios)}")
        print(f"  megabytes: {statistics.mean(growth):.2f} a fit", flush=True)


def run_check():
    """Compare our weights, bit by bit, with those of Keras's own fit of the same model."""
    use_one_core()
    from sktune.keras._training import _fit

    X, y = load_images()
    settings = {"epochs": EPOCHS, "batch_size": 32, "shuffle": False, "verbose": 0}
    fitted = wrapper("sktune")(network, random_state=0, **settings).fit(X, y)
    meta = {"X_shape_": X.shape, "n_classes_": len(np.unique(y))}
    by_keras, _ = _fit.build(lambda: network(meta), fitted._seed, X)
    by_keras.fit(X, y, **settings)
    pairs = zip(fitted.model_.get_weights(), by_keras.get_weights(), strict=True)
    is_equal = all(np.array_equal(ours, theirs) for ours, theirs in pairs)
    print(f"without shuffling, weights equal those of keras.Model.fit: {is_equal}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n_repeats", type=int, nargs="?", default=9)
    names = [*CASES, FORMS, CHECK]
    parser.add_argument("--cases", nargs="+", choices=names, default=names)
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.n_repeats < 2:
        parser.error(f"n_repeats must be at least 2, got {arguments.n_repeats}")
    if not arguments.in_this_process:
        print(versions(), flush=True)
        for name in arguments.cases:
            case = [str(arguments.n_repeats), "--cases", name, "--in-this-process"]
            subprocess.run([sys.executable, __file__, *case], check=True)
        return
    for name in arguments.cases:
        if name == CHECK:
            run_check()
        elif name == FORMS:
            run_forms(arguments.n_repeats)
        else:
            run_case(name, arguments.n_repeats)


if __name__ == "__main__":
    main()
