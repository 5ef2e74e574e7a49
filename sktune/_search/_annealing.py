"""``AnnealingSearchCV``: simulated annealing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar

import numpy as np

from .._sklearn_compat import Interval
from ..optimizers import AnnealingOptimizer, BaseOptimizer
from ..space import SearchSpace
from ._base import BaseOptimizerSearchCV


class AnnealingSearchCV(BaseOptimizerSearchCV):
    """Search the settings of an estimator by simulated annealing, by cross-validation.

    Takes what ``RandomizedSearchCV`` takes and leaves what it leaves. Each setting is a move
    from the present one, wide and bold at first, small and careful towards the end of the
    budget; a worse setting is sometimes taken as the new place to move from, the less often
    the colder the search has become. A suggestion costs about a millisecond, however many
    went before: the choice when fits are cheap, workers many, or the space wild. With
    several workers there is no barrier: a new setting is suggested as soon as one is free.

    Parameters
    ----------
    estimator : estimator object
        With a ``score`` method, or give `scoring`.
    param_distributions : dict or list of dict
        Parameter names (str) to distributions (of ``scipy.stats``,
        :func:`sktune.space.log_randint`, or whatever has ``rvs``) or to lists. Numbers in a list
        are ordered, tuples of numbers have coordinates; anything else (None, str, bool, dicts,
        estimators) is a category. Continuous distributions are searched between the quantiles
        0.001 and 0.999. A list of dicts is one space with branches. Lists alone with at most
        `n_iter` settings are run whole, in the order of ``GridSearchCV``.
    n_iter : int, default=10
        Settings to try, at least 1. The search stops early when a finite space is exhausted.
    scoring : str, callable, list, tuple or dict, default=None
        As in ``GridSearchCV``; None is the estimator's own ``score``. With several metrics
        the search maximises the one that `refit` names, else the first.
    n_jobs : int or None, default=None
        Folds that run side by side; None is 1 unless in a ``joblib.parallel_config``
        context, -1 all cores.
    refit : bool, str or callable, default=True
        As in ``GridSearchCV``: whether to fit the best setting on all data, which metric
        decides, or a callable that is given ``cv_results_`` and returns the best index.
    cv : int, cross-validation generator or iterable, default=None
        As in ``GridSearchCV``; None is 5 folds, stratified for classifiers. The folds are
        drawn once per fit, so every candidate meets the same ones.
    verbose : int, default=0
        As in ``GridSearchCV``: the higher, the more is printed.
    pre_dispatch : int or str, default='2*n_jobs'
        Accepted for compatibility, without effect: a task is sent when a worker is free.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same search on every call with ``n_jobs=1``. With more workers
        the order in which folds finish has its say.
    error_score : 'raise' or float, default=np.nan
        Score of a fold that fails; a number also gives a ``FitFailedWarning``. The optimiser
        is told that the setting failed, not this number.
    return_train_score : bool, default=False
        Whether ``cv_results_`` has the scores of the training parts.
    initial_params : list of dict, default=None
        Settings to try first, in their order and with their exact values, counted in
        `n_iter`; each must lie in the space. None: the estimator's own values, where every
        searched parameter has its current value in the space, so that the search never ends
        below them (and nothing, where the space is run whole). ``[]``: none.
    constraint : callable, default=None
        ``constraint(params: dict) -> bool``: settings for which it is False are neither
        suggested nor fitted.
    racing : bool, default=False
        Drop the other folds of a setting that can hardly become the best any more, judged by
        the metric that is maximised. ``cv_results_`` then has ``n_splits_done``, nan for what
        was not computed and in ``mean_test_*`` of dropped settings, the mean over the folds
        that were run in ``mean_partial_test_*``, and ranks dropped ones behind all others; a
        callable `refit` is given the complete ones only.
    max_time : float or None, default=None
        Seconds for the whole search without the refit. Once they are over nothing more is
        started, folds that run are let finish, and what is not complete counts as dropped, as with
        `racing`; at least one setting is completed. None: no limit.
    fit_timeout : float or None, default=None
        Seconds for one fold. A setting with a fit that takes longer gets `error_score`, and the
        worker is freed, where that can be: see the user guide for what each backend promises. The
        time to start a worker and to import the estimator does not count. None: no limit.
    stop_when_converged : bool, default=False
        Must be False: annealing has no model that could tell how much is still to be gained.
        Use ``BayesSearchCV``, or `max_time`.
    journal : str or path-like, default=None
        File in which each finished fold is written down at once. ``fit`` with the journal of the
        same search, whose other session was killed, say, goes on from there and repeats no fold
        of it; `n_iter`, `max_time` and `n_jobs` may be others by then. A folder gets a file of its
        own for each search that differs, as in nested cross-validation.
    keep_predictions : bool, default=False
        Keep in `oof_scores_` what each row adds to the metric while it is held out, for all
        candidates, or, where the metric is no mean over rows, the predictions of the best 20: at
        4 bytes a number. With it ``sktune.inspection.compare_to_default`` tells better from
        luckier without another fit. Nothing is kept for folds in the order of time, for several
        numbers a row, or for a function as `scoring` that is not made by ``make_scorer``. Never
        in the journal: candidates that were resumed are not kept.
    initial_temperature : float, default=1.0
        How readily a worse setting is accepted at first, in units of the spread of the
        scores; above 0. Higher explores more. Sensible from 0.3 to 3.
    cooling : float, default=0.1
        Temperature at the end of the budget as a share of the initial one, in (0, 1]; 1 is no
        cooling. Sensible from 0.03 to 0.3.
    n_chains : int, default=None
        Chains that walk side by side at different temperatures and exchange their places, at
        least 1; None: one.

    Attributes
    ----------
    cv_results_ : dict of str to array of length n_candidates
        As in ``GridSearchCV``, in the order of suggestion.
    best_estimator_ : estimator
        Refitted on all data with the best setting; only with `refit`.
    best_score_ : float
        Mean cross-validated score of the best setting; not with a callable `refit`.
    best_params_ : dict
        The best setting.
    best_index_ : int
        Its place in ``cv_results_``.
    scorer_ : callable or dict of str to callable
        What was used for scoring.
    n_splits_ : int
        Number of folds.
    refit_time_ : float
        Seconds that the refit took.
    multimetric_ : bool
        Whether several metrics were computed.
    classes_ : ndarray of shape (n_classes,)
        Labels, of a classifier.
    n_features_in_ : int
        Features of `X`, where `best_estimator_` knows it.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `best_estimator_` knows them.
    optimizer_ : AnnealingOptimizer
        The optimiser with all it was told.
    objective_metric_ : str
        The metric that was maximised.
    n_fits_ : int
        Folds that were fitted, the refit not counted. Of a candidate that was dropped, or had a
        fit over `fit_timeout`, not all are.
    search_time_ : float
        Seconds that the search took, without the refit.
    search_warnings_ : list of str
        A sentence for each parameter whose best value lies on the edge of its range, where
        better ones may lie beyond; see ``EdgeOfRangeWarning``.
    stop_reason_ : str
        What ended the search: ``"n_iter"``, ``"space exhausted"``, ``"max_time"``,
        ``"interrupted"`` (by Ctrl-C), ``"stopped"`` (by :meth:`stop`) or
        ``"callback"``.
    fit_reports_ : list of length n_candidates of list of length n_splits
        For each fit what the estimator had to tell of it in ``fit_report_``, such as its
        learning curve: a dict of the nested estimators' names to their reports, with the name
        ``""`` for the estimator itself. None: nothing.
    fold_log_ : FoldLog
        Who ran which fold, and when: arrays ``candidates``, ``splits``, ``submitted`` and
        ``finished`` (seconds since the search began), and ``workers``. Folds that a journal had
        are not in it.
    cv_ : splitter
        Draws the folds of the search again.
    oof_scores_ : OutOfFold or None
        What `keep_predictions` has kept, in ``values``, of the ``candidates`` listed. Set it to
        None to drop it from a pickle.
    refit_params_ : dict
        What the estimator changed in the best setting for the refit, by its method
        ``refit_params`` and the reports of the best candidate: for example fewer epochs. Empty:
        nothing. Only with `refit`.

    See Also
    --------
    BayesSearchCV : A model of the scores: fewer fits, more time between them.
    sklearn.model_selection.RandomizedSearchCV : Settings drawn at random.

    References
    ----------
    Kirkpatrick, Gelatt, Vecchi (1983), Optimization by Simulated Annealing, Science 220.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import AnnealingSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = AnnealingSearchCV(
    ...     SVC(),
    ...     {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    ...     n_iter=12,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool(search.best_score_ > 0.97)
    True
    >>> sorted(search.best_params_)
    ['C', 'gamma']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOptimizerSearchCV._parameter_constraints,
        "initial_temperature": [Interval(Real, 0, None, closed="neither")],
        "cooling": [Interval(Real, 0, 1, closed="right")],
        "n_chains": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        initial_params: Sequence[Mapping[str, Any]] | None = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        racing: bool = False,
        max_time: float | None = None,
        fit_timeout: float | None = None,
        stop_when_converged: bool = False,
        journal: str | PathLike[str] | None = None,
        keep_predictions: bool = False,
        initial_temperature: float = 1.0,
        cooling: float = 0.1,
        n_chains: int | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            initial_params=initial_params,
            constraint=constraint,
            racing=racing,
            max_time=max_time,
            fit_timeout=fit_timeout,
            stop_when_converged=stop_when_converged,
            journal=journal,
            keep_predictions=keep_predictions,
        )
        self.initial_temperature = initial_temperature
        self.cooling = cooling
        self.n_chains = n_chains

    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        return AnnealingOptimizer(
            space,
            initial_temperature=self.initial_temperature,
            cooling=self.cooling,
            n_chains=self.n_chains,
            **common,
        )
