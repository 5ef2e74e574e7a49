"""Whether `fit_timeout` only affects its fold: many fits that end very close to their limit.

    python benchmarks/cost/fit_timeout.py

50,000 folds in the main thread, then in 4 threads. Each takes 0.9 to 1.15 times its limit of 2 ms;
the watcher itself is a little late. After each fold the script checks whether the alarm is still
armed: an exception raised then would hit code outside the fold. It ends with an error if it finds
one, and with a traceback of all threads if it hangs.
"""

import argparse
import faulthandler
import signal
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np

from sktune._engine import TimeLimit
from sktune._records import Candidate, FoldTask
from sktune.exceptions import FitTimeoutError

SIGNALS = [getattr(signal, name) for name in ("SIGALRM", "SIGURG") if hasattr(signal, name)]


def fold(limit, task, seconds):
    """Whether a fold that takes so many seconds finished."""
    end = time.perf_counter() + seconds

    def fit():
        time.sleep(0.85 * seconds)
        while time.perf_counter() < end:
            time.sleep(0)  # the watcher needs the GIL

    try:
        limit.run(task, fit)
    except FitTimeoutError:
        return False
    return True


def folds(limit, n_folds, seed, found):
    """Run folds and count their outcomes in `found`."""
    rng = np.random.default_rng(seed)
    before = [signal.getsignal(number) for number in SIGNALS]
    is_main = threading.current_thread() is threading.main_thread()
    for i, share in enumerate(rng.uniform(0.9, 1.15, n_folds)):
        task = FoldTask(Candidate(i, {}, (), 0, "random"), seed)
        try:
            found.complete += fold(limit, task, share * limit.seconds)
            for _ in range(100):
                int("1")
        except FitTimeoutError:
            found.strays += 1
        if is_main and [signal.getsignal(number) for number in SIGNALS] != before:
            found.handlers += 1
        if is_main and hasattr(signal, "getitimer") and any(signal.getitimer(signal.ITIMER_REAL)):
            found.armed += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
        found.folds += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-folds", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=0.002, help="the limit")
    args = parser.parse_args()
    longest = 20 + 20 * args.n_folds * args.seconds
    faulthandler.dump_traceback_later(longest, exit=True, file=sys.__stderr__)
    is_clean = True
    for n_threads in (0, 4):
        limit = TimeLimit(args.seconds)
        all_found = [
            SimpleNamespace(folds=0, complete=0, strays=0, handlers=0, armed=0)
            for _ in range(n_threads or 1)
        ]
        n_each = args.n_folds // len(all_found)
        threads = [
            threading.Thread(target=folds, args=(limit, n_each, seed, found))
            for seed, found in enumerate(all_found if n_threads else [])
        ]
        for thread in threads:
            thread.start()
        if not threads:
            folds(limit, n_each, 0, all_found[0])
        for thread in threads:
            thread.join()
        limit.close()
        total = {key: sum(vars(found)[key] for found in all_found) for key in vars(all_found[0])}
        print(f"{n_threads or 'main'} threads: {total}", flush=True)
        is_clean &= total["folds"] == n_each * len(all_found)
        is_clean &= not (total["strays"] or total["handlers"] or total["armed"])
    faulthandler.cancel_dump_traceback_later()
    sys.exit(not is_clean)


if __name__ == "__main__":
    main()
