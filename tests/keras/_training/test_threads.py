"""TensorFlow's threads while several fits run at once; each process settles them for good."""

import json
import os
import subprocess
import sys

import joblib
import pytest

from tests.universe._sample import sampled

# Much longer than it takes: a program that hangs is ended then.
TIMEOUT = 120

# Fits where it is told to, twice at once, and says what TensorFlow was set to: 0 is its own choice.
PROGRAM = """
import json, os, sys
import joblib
import numpy as np

backend, before = sys.argv[1:]

def fit():
    from sktune.keras import CNNClassifier
    import tensorflow as tf
    if before == "runs":
        tf.constant(1.0) + 1
    if before == "set":
        tf.config.threading.set_intra_op_parallelism_threads(3)
    net = CNNClassifier(filters=2, dense_units=2, epochs=1, batch_size=16, random_state=0)
    net.fit(np.eye(16), np.arange(16) % 2)
    return tf.config.threading.get_intra_op_parallelism_threads()

if backend == "none":
    print(json.dumps([fit()]))
else:
    inner = {"inner_max_num_threads": 5} if before == "inner" else {}
    with joblib.parallel_config(backend, n_jobs=2, **inner):
        print(json.dumps(joblib.Parallel()(joblib.delayed(fit)() for _ in range(2))))
"""

SHARE = max(1, joblib.cpu_count() // 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "before", "environment", "expected"),
    sampled(
        [
            ("none", "nothing", {}, 0),
            ("threading", "runs", {}, 0),
            ("threading", "set", {}, 3),
            ("threading", "nothing", {}, SHARE),
            ("threading", "nothing", {"TF_NUM_INTRAOP_THREADS": "2"}, 0),
            ("loky", "inner", {}, 5),
            ("loky", "nothing", {}, SHARE),
        ],
        3,
    ),
)
def test_fits_at_once_share_the_cores(backend, before, environment, expected):
    threads = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    inherited = {name: value for name, value in os.environ.items() if name not in threads}
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, backend, before],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
        env={**inherited, **environment, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout.splitlines()[-1])) == {expected}
