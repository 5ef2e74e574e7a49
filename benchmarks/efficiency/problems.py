"""Tuning problems: a space of settings, and a real model's score of each.

Names are "scenario/instance". ``sklearn`` are tables of fold scores on a grid of settings, linearly
interpolated (``make.py`` computes them); the other scenarios are surrogates of YAHPO Gym [1]_, at
full fidelity, which need onnxruntime and a clone of https://github.com/slds-lmu/yahpo_data.

``references.json`` holds, for each problem, the best known score and the median of random search.
The YAHPO instances were drawn at random among those whose best score is neither perfect nor an
isolated peak: the best of 5,000 random settings is within 30 % of the way from median to best.

.. [1] Pfisterer, Schneider, Moosbauer, Binder and Bischl, "YAHPO Gym", AutoML 2022.
   https://arxiv.org/abs/2109.03670
"""

import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from parameter import Parameter

HERE = Path(__file__).parent
TABLES, REFERENCES = HERE / "tables", HERE / "references.json"
N_FOLDS = 5


class Problem:
    """A space, the true ``score`` of a setting, and ``folds``, the noisy readings of it."""

    # Spread of five real fold scores, median of the four tables over the best fifth of their
    # settings, as shares of (best - median): an effect that all settings of a fold share, and
    # each setting's own deviation.
    shared_spread, own_spread = 0.20, 0.12

    def __init__(self, name, parameters):
        self.name, self.parameters = name, parameters
        reference = references().get(name, {})
        self.best, self.median = reference.get("best"), reference.get("median")

    def params(self, point):
        """The setting at a point of the unit cube, inactive parameters included."""
        return {p.name: p.at(u) for p, u in zip(self.parameters, point, strict=True)}

    def active(self, params):
        """The setting without its inactive parameters."""
        return {p.name: params[p.name] for p in self.parameters if p.is_active(params)}

    def seed(self, seed):
        """A seed mixed with the name: no two problems share their random points."""
        return (zlib.crc32(self.name.encode()) + seed) % 2**31

    def regret(self, score):
        """How far scores, of any shape, fall short: 0 the best known, 1 the median or less."""
        return np.clip((self.best - score) / (self.best - self.median), 0, 1)

    def score(self, params):
        """The true score, higher is better."""
        return float(self.scores([params])[0])

    def folds(self, params, seed=0):
        """Scores of `N_FOLDS` folds, the same for the same setting and seed."""
        scale, active = self.best - self.median, self.active(params)
        key = repr([*active, *active.values()])
        shared = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        own = np.random.default_rng([seed, zlib.crc32(key.encode())])
        return (
            self.score(params)
            + scale * self.shared_spread * shared.standard_normal(N_FOLDS)
            + scale * self.own_spread * own.standard_normal(N_FOLDS)
        )


class TableProblem(Problem):
    """Ten folds of scikit-learn's data: all give the true score, searches see the first five."""

    def __init__(self, name):
        stored = np.load(TABLES / f"{name.split('/')[1]}.npz")
        self.table = stored["scores"].astype(float)  # an axis for each parameter, then the folds
        axes = json.loads(str(stored["dims"]))
        self._grids = [self._positions(axis) for axis in axes]
        super().__init__(name, [self._parameter(axis) for axis in axes])

    @staticmethod
    def _parameter(axis):
        name, kind, grid = axis["name"], axis["kind"], axis["grid"]
        if kind == "cat":
            return Parameter(name, kind, choices=tuple(axis["choices"]))
        return Parameter(name, kind, grid[0], grid[-1], axis["log"])

    @staticmethod
    def _positions(axis):
        if axis["kind"] == "cat":
            return np.arange(len(axis["grid"]))
        return np.log(axis["grid"]) if axis["log"] else np.array(axis["grid"], float)

    def all_folds(self, params):
        """Scores of all folds, shape (10,), interpolated along one axis after the other."""
        part = self.table
        for p, grid in zip(self.parameters, self._grids, strict=True):
            value = params[p.name]
            x = p.choices.index(value) if p.kind == "cat" else np.log(value) if p.log else value
            i = int(np.clip(np.searchsorted(grid, x, "right") - 1, 0, len(grid) - 2))
            w = (x - grid[i]) / (grid[i + 1] - grid[i])
            is_node = w <= 0 or w >= 1
            part = part[i + (w >= 1)] if is_node else (1 - w) * part[i] + w * part[i + 1]
        return part

    def scores(self, settings):
        """True scores, shape (n_settings,)."""
        return np.array([self.all_folds(params).mean() for params in settings])

    def folds(self, params, seed=0):
        """The first five of the real folds, whatever the seed."""
        return self.all_folds(params)[:N_FOLDS]


@dataclass(frozen=True)
class Surrogate:
    """Inputs of a network of YAHPO Gym 1.0.2, in order, and which output is the score."""

    categories: str
    numbers: str
    instance: str
    fidelity: str
    output: int
    sign: int = 1
    fixed: tuple = ()


SURROGATES = {
    "lcbench": Surrogate(  # validation accuracy
        "OpenML_task_id",
        "epoch batch_size learning_rate momentum weight_decay num_layers max_units max_dropout",
        instance="OpenML_task_id",
        fidelity="epoch",
        output=1,
    ),
    "rbv2_xgboost": Surrogate(  # accuracy
        "task_id booster num.impute.selected.cpo",
        "nrounds eta gamma lambda alpha subsample max_depth min_child_weight colsample_bytree "
        "colsample_bylevel rate_drop skip_drop trainsize repl",
        instance="task_id",
        fidelity="trainsize",
        output=0,
        fixed=(("repl", 10),),
    ),
    "rbv2_rpart": Surrogate(  # accuracy
        "task_id num.impute.selected.cpo",
        "cp maxdepth minbucket minsplit trainsize repl",
        instance="task_id",
        fidelity="trainsize",
        output=0,
        fixed=(("repl", 10),),
    ),
    "iaml_glmnet": Surrogate(  # misclassification error
        "task_id",
        "alpha s trainsize",
        instance="task_id",
        fidelity="trainsize",
        output=0,
        sign=-1,
    ),
}


class YahpoProblem(Problem):
    """One instance of a YAHPO scenario, read from `folder`; at full fidelity unless said."""

    def __init__(self, name, folder):
        scenario, instance = name.split("/")
        self.surrogate = surrogate = SURROGATES[scenario]
        self.folder = Path(folder) / scenario
        space = json.loads((self.folder / "config_space.json").read_text())
        self.codes = json.loads((self.folder / "encoding.json").read_text())
        entries = {entry["name"]: entry for entry in space["hyperparameters"]}
        full = entries[surrogate.fidelity]["upper"]
        self.fixed = {
            surrogate.instance: instance,
            surrogate.fidelity: full,
            **dict(surrogate.fixed),
        }
        parents = {
            entry["child"]: (entry["parent"], tuple(entry.get("values") or [entry["value"]]))
            for entry in space["conditions"]
        }
        super().__init__(
            name,
            [
                self._parameter(entry, *parents.get(entry["name"], ("", ())))
                for entry in space["hyperparameters"]
                if entry["name"] not in self.fixed
            ],
        )

    @staticmethod
    def _parameter(entry, parent, values):
        name, common = entry["name"], {"parent": parent, "values": values}
        if entry["type"] == "categorical":
            return Parameter(name, "cat", choices=tuple(entry["choices"]), **common)
        kind = "int" if entry["type"] == "uniform_int" else "float"
        return Parameter(name, kind, entry["lower"], entry["upper"], entry["log"], **common)

    @cached_property
    def _network(self):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        model = str(self.folder / "model.onnx")
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def scores(self, settings, fidelity=None):
        """True scores, shape (n_settings,); with less than full fidelity what they are then."""
        return self.surrogate.sign * self.outputs(settings, fidelity)[:, self.surrogate.output]

    def outputs(self, settings, fidelity=None):
        """All that the network predicts, shape (n_settings, n_outputs)."""
        fixed = dict(self.fixed)
        if fidelity is not None:
            fixed[self.surrogate.fidelity] = fidelity
        rows = [{**self.active(params), **fixed} for params in settings]
        feeds = self.surrogate
        # For the networks, missing values are the category "#na#" and the number 0.
        names = feeds.categories.split()
        categories = [[self.codes[name][row.get(name, "#na#")] for name in names] for row in rows]
        numbers = [[row.get(name, 0) for name in feeds.numbers.split()] for row in rows]
        inputs = {
            "x_cat": np.array(categories, np.int32),
            "x_cont": np.array(numbers, np.float32),
        }
        return self._network.run(None, inputs)[0].astype(float)


def references():
    """By problem the score that regret counts as 0, "best", and as 1, "median"."""
    return json.loads(REFERENCES.read_text())


def load(yahpo=None):
    """All problems: the tables, after those of YAHPO Gym where their folder is given."""
    return [
        TableProblem(name) if name.startswith("sklearn/") else YahpoProblem(name, yahpo)
        for name in references()
        if yahpo is not None or name.startswith("sklearn/")
    ]
