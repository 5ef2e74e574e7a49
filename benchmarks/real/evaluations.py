"""Fold scores of settings, each computed once and kept on disk."""

import json
import sqlite3
import time
from pathlib import Path

import numpy as np


class Evaluations:
    """Scores of one problem, shared by all runs that use the same folder.

    Parameters
    ----------
    problem : Problem
    folder : path
        Holds one SQLite file that several processes may use at the same time. Scores of a problem
        that has changed (``Problem.fingerprint``) are not found again.
    """

    def __init__(self, problem, folder):
        self.problem = problem
        self.n_fits = 0  # settings that were not in the cache
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(Path(folder) / "evaluations.sqlite", timeout=600)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS scores (problem TEXT, fingerprint TEXT, rows TEXT, "
            "setting TEXT, scores TEXT, seconds REAL, "
            "PRIMARY KEY (problem, fingerprint, rows, setting))"
        )

    def folds(self, plain):
        """Fold scores of a setting as `Problem.encode` gives it, and the CPU seconds they took."""
        return self._find("folds", plain, self.problem.fold_scores)

    def held_out(self, plain):
        """The held-out score of a setting."""
        scores, _ = self._find("held out", plain, self.problem.held_out_score)
        return float(scores[0])

    def _find(self, rows, plain, compute):
        setting = json.dumps(plain, sort_keys=True)
        key = self.problem.name, self.problem.fingerprint, rows, setting
        found = self._db.execute(
            "SELECT scores, seconds FROM scores "
            "WHERE problem=? AND fingerprint=? AND rows=? AND setting=?",
            key,
        ).fetchone()
        if found is None:
            start = time.process_time()
            scores = np.atleast_1d(compute(self.problem.decode(plain)))
            found = json.dumps(scores.tolist()), time.process_time() - start
            with self._db:
                self._db.execute("REPLACE INTO scores VALUES (?, ?, ?, ?, ?, ?)", key + found)
            self.n_fits += 1
        return np.array(json.loads(found[0])), found[1]
