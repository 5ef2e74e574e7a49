"""Established methods for two scores, at their defaults: BoTorch's qLogNEHVI, SMAC's ParEGO, HEBO.

Each is a function of the parameters, the number of settings, a seed and ``scores_of(params)``,
which gives two scores to be maximised. Packages are imported by the method that needs them, and
are told the scale of each parameter. SMAC is told the conditions, too; BoTorch and HEBO have no
notion of them and get flat spaces, in which an inactive parameter has no effect.

Needs ``pip install botorch smac HEBO``; HEBO asks for NumPy below 1.25, and with ``--no-deps``
runs with newer ones.
"""

import tempfile
import warnings

import numpy as np

N_INITIAL = 10


def botorch(parameters, n, seed, scores_of):
    """qLogNEHVI as in BoTorch's tutorial, over a Gaussian process for each score.

    Integers are relaxed and each choice of a category is a coordinate of its own; points are
    rounded before they are evaluated, and the models see them rounded. Two things differ from the
    tutorial: its first design of twice as many points as coordinates would leave little of these
    budgets, so it has ten, as that of others; and the criterion is maximised from 4 of 256 points,
    not from 10 of 512, which found no higher value where both were tried, in half of the time.
    """
    import torch
    from botorch.utils.sampling import draw_sobol_samples, manual_seed

    encoding = OneHot(parameters)
    points, scores = [], []

    def evaluate(point):
        params = encoding.params(point)
        points.append(encoding.point(params))
        scores.append(scores_of(params))

    bounds = torch.tensor([[0.0], [1.0]], dtype=torch.double).repeat(1, encoding.n_coordinates)
    with manual_seed(seed):
        n_first = min(n, N_INITIAL)
        for point in draw_sobol_samples(bounds, n_first, 1, seed=seed)[:, 0]:
            evaluate(point.numpy())
        for _ in range(n - n_first):
            evaluate(_suggestion(np.array(points), np.array(scores), bounds))


def _suggestion(points, scores, bounds):
    """The next point by qLogNEHVI, shape (n_coordinates,)."""
    import torch
    from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.optim import optimize_acqf
    from botorch.utils.multi_objective.hypervolume import infer_reference_point
    from botorch.utils.multi_objective.pareto import is_non_dominated
    from gpytorch.mlls import ExactMarginalLogLikelihood

    X, Y = torch.tensor(points), torch.tensor(scores)
    model = SingleTaskGP(X, Y)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    reference = infer_reference_point(Y[is_non_dominated(Y)])
    criterion = qLogNoisyExpectedHypervolumeImprovement(model, reference, X, prune_baseline=True)
    options = {"batch_limit": 5, "maxiter": 200}
    found, _ = optimize_acqf(criterion, bounds, 1, 4, 256, options=options)
    return found[0].numpy()


class OneHot:
    """Settings as points of a unit cube, with a coordinate for each choice of a category."""

    def __init__(self, parameters):
        self._parameters = parameters
        widths = [len(p.choices) if p.kind == "cat" else 1 for p in parameters]
        ends = np.cumsum(widths)
        self.n_coordinates = int(ends[-1])
        self._parts = [slice(end - width, end) for end, width in zip(ends, widths, strict=True)]

    def params(self, point):
        """The nearest setting to a point, shape (n_coordinates,)."""
        found = {}
        for p, part in zip(self._parameters, self._parts, strict=True):
            if p.kind == "cat":
                found[p.name] = p.choices[int(np.argmax(point[part]))]
            else:
                found[p.name] = p.at(point[part][0])
        return found

    def point(self, params):
        """Where a setting lies, shape (n_coordinates,)."""
        found = np.zeros(self.n_coordinates)
        for p, part in zip(self._parameters, self._parts, strict=True):
            if p.kind == "cat":
                found[part][p.choices.index(params[p.name])] = 1.0
            else:
                found[part] = p.unit(params[p.name])
        return found


def smac(parameters, n, seed, scores_of):
    """ParEGO in SMAC's facade for hyperparameters, with its random forest."""
    from _configspace import configuration_space
    from smac import HyperparameterOptimizationFacade as Facade
    from smac import Scenario
    from smac.multi_objective.parego import ParEGO
    from smac.runhistory.dataclasses import TrialValue

    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            configuration_space(parameters, seed, has_conditions=True),
            objectives=["first", "second"],
            n_trials=n,
            seed=seed,
            deterministic=True,
            output_directory=folder,
        )
        optimizer = Facade(
            scenario,
            lambda config, seed: [0.0, 0.0],  # it is asked and told instead
            multi_objective_algorithm=ParEGO(scenario),
            logging_level=False,
        )
        by_name = {p.name: p for p in parameters}
        for _ in range(n):
            trial = optimizer.ask()
            config = dict(trial.config)
            params = {name: by_name[name].clean(value) for name, value in config.items()}
            cost = [-float(score) for score in scores_of(params)]
            optimizer.tell(trial, TrialValue(cost=cost))


def hebo(parameters, n, seed, scores_of):
    """HEBO's optimiser for several objectives, ``GeneralBO``."""
    import torch
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.general import GeneralBO

    kinds = {("float", False): "num", ("float", True): "pow"}
    kinds |= {("int", False): "int", ("int", True): "pow_int"}
    space = DesignSpace().parse(
        [
            {"name": p.name, "type": "cat", "categories": list(p.choices)}
            if p.kind == "cat"
            else {"name": p.name, "type": kinds[p.kind, p.log], "lb": p.low, "ub": p.high}
            for p in parameters
        ]
    )
    state = np.random.get_state()  # noqa: NPY002 (it knows the global generators alone)
    try:
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.random.seed(seed)  # noqa: NPY002
            torch.manual_seed(seed)
            optimizer = GeneralBO(space, num_obj=2)
            for _ in range(n):
                suggestion = optimizer.suggest()
                params = {p.name: p.clean(suggestion[p.name].iloc[0]) for p in parameters}
                cost = [-float(score) for score in scores_of(params)]
                optimizer.observe_new_data(suggestion, np.array([cost]))
    finally:
        np.random.set_state(state)  # noqa: NPY002
