"""Import time of sktune on top of scikit-learn's model selection, in fresh interpreters.

The two imports take turns, so that a busy machine slows both; the figure is the median of the
paired differences. Aim: at most 0.3 s.

    python benchmarks/cost/import_time.py [n_repeats]
"""

import statistics
import subprocess
import sys

TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
BASELINE, OURS = "sklearn.model_selection", "sktune"


def seconds(module):
    command = [sys.executable, "-c", TIMED.format(module)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    n_repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    seconds(BASELINE), seconds(OURS)  # fill the file cache
    pairs = [(seconds(BASELINE), seconds(OURS)) for _ in range(n_repeats)]
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    more = statistics.median(b - a for a, b in pairs)
    print(f"{BASELINE} {base:.3f} s, {OURS} {ours:.3f} s, difference {more:+.3f} s")


if __name__ == "__main__":
    main()
