"""Racing: fits saved, and how often the best candidate is lost, replayed on stored fold scores.

``make`` computes the scores: for each of 14 pairs of an estimator and data that scikit-learn ships,
150 random settings in two partitions of 5 folds, and 10 searches of 40 settings by BayesSearchCV
with 5 folds. ``replay`` runs the races on them: random searches of 40 of the settings, and the
searches by the model, each with its folds in several orders. A winner is lost when the best
complete candidate is below the best of all by their full cross-validation. ``live`` repeats
searches by the model with ``racing=True``, where dropped candidates also change what is tried.

    python benchmarks/racing.py make      # 15 minutes on 2 cores; writes results/runs/fold_scores.npz
    python benchmarks/racing.py replay [--n-random 400] [--n-orders 10] [--seed 0]
    python benchmarks/racing.py live [--n-seeds 2]
"""

import argparse
import warnings
from pathlib import Path

import joblib
import numpy as np
from scipy.stats import beta, loguniform, randint, uniform
from sklearn import datasets
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, LogisticRegression, SGDClassifier
from sklearn.model_selection import KFold, RandomizedSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune._engine import Budget, EvaluationEngine, make_executor
from sktune._records import Candidate, FoldResult
from sktune.optimizers._objective import Objective
from sktune.optimizers._racing import Race, RacingRule

SCORES = Path(__file__).parent / "results" / "runs" / "fold_scores.npz"
N_SETTINGS, N_PARTITIONS, N_SPLITS = 150, 2, 5
N_ITER, N_SEEDS = 40, 10


def scaled(estimator, **space):
    """Return a pipeline and its space."""
    name = type(estimator).__name__.lower()
    return make_pipeline(StandardScaler(), estimator), {f"{name}__{k}": v for k, v in space.items()}


def digits():
    X, y = datasets.load_digits(return_X_y=True)
    return X[:600], y[:600]


def synthetic():
    return datasets.make_classification(
        400, n_features=20, n_informative=5, flip_y=0.1, random_state=0
    )


def bundled(load):
    return lambda: load(return_X_y=True)


cancer, wine, iris, diabetes = (
    bundled(load)
    for load in (
        datasets.load_breast_cancer,
        datasets.load_wine,
        datasets.load_iris,
        datasets.load_diabetes,
    )
)
RBF = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-5, 1e1)}
TREE = {"max_depth": randint(1, 15), "min_samples_leaf": randint(1, 30)}
# Name: data, (estimator, space), scoring.
PAIRS = {
    "svc digits": (digits, scaled(SVC(), **RBF), None),
    "svc cancer": (cancer, scaled(SVC(), **RBF), None),
    "svc synthetic": (synthetic, scaled(SVC(), **RBF), "roc_auc"),
    "knn digits": (
        digits,
        (
            KNeighborsClassifier(),
            {"n_neighbors": randint(1, 40), "p": uniform(1, 3), "weights": ["uniform", "distance"]},
        ),
        None,
    ),
    "logistic cancer": (
        cancer,
        scaled(LogisticRegression(max_iter=500), C=loguniform(1e-4, 1e3)),
        "neg_log_loss",
    ),
    "sgd wine": (
        wine,
        scaled(
            SGDClassifier(loss="log_loss", random_state=0),
            alpha=loguniform(1e-6, 1),
            l1_ratio=uniform(0, 1),
            penalty=["l2", "l1", "elasticnet"],
        ),
        None,
    ),
    "mlp iris": (
        iris,
        scaled(
            MLPClassifier(max_iter=60, random_state=0),
            hidden_layer_sizes=[2, 5, 10, 20],
            alpha=loguniform(1e-5, 10),
            learning_rate_init=loguniform(1e-4, 1e-1),
        ),
        None,
    ),
    "tree synthetic": (synthetic, (DecisionTreeClassifier(random_state=0), TREE), None),
    "forest wine": (
        wine,
        (
            RandomForestClassifier(15, random_state=0),
            {**TREE, "max_features": uniform(0.1, 0.9)},
        ),
        "neg_log_loss",
    ),
    "extra trees synthetic": (
        synthetic,
        (ExtraTreesClassifier(15, random_state=0), {**TREE, "max_features": uniform(0.1, 0.9)}),
        "f1",
    ),
    "boosting diabetes": (
        diabetes,
        (
            GradientBoostingRegressor(n_estimators=30, random_state=0),
            {
                "learning_rate": loguniform(1e-2, 1),
                "max_depth": randint(1, 6),
                "subsample": uniform(0.3, 0.7),
            },
        ),
        None,
    ),
    "svr diabetes": (
        diabetes,
        scaled(SVR(), C=loguniform(1e-2, 1e4), gamma=loguniform(1e-5, 1e1), epsilon=[0.1, 1, 10]),
        None,
    ),
    "ridge diabetes": (
        diabetes,
        scaled(KernelRidge(kernel="rbf"), alpha=loguniform(1e-5, 1e1), gamma=loguniform(1e-5, 1e1)),
        "neg_mean_absolute_error",
    ),
    "elastic net diabetes": (
        diabetes,
        scaled(ElasticNet(max_iter=5000), alpha=loguniform(1e-4, 1e2), l1_ratio=uniform(0, 1)),
        None,
    ),
}


def partition(y, seed):
    kind = StratifiedKFold if len(np.unique(y)) < 20 else KFold
    return kind(N_SPLITS, shuffle=True, random_state=seed)


def fold_scores(search, X, y):
    """Return the scores of all fits of a search, shape (n_candidates, n_splits)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # settings that do not converge are expected
        results = search.fit(X, y).cv_results_
    return np.stack([results[f"split{split}_test_score"] for split in range(N_SPLITS)], axis=1)


def make_pair(name):
    """Return scores of random settings and of searches, (n, n_settings, n_splits) each."""
    load, (estimator, space), scoring = PAIRS[name]
    X, y = load()
    common = {"scoring": scoring, "refit": False}
    random = [
        fold_scores(
            RandomizedSearchCV(
                estimator, space, n_iter=N_SETTINGS, cv=partition(y, seed), random_state=0, **common
            ),
            X,
            y,
        )
        for seed in range(N_PARTITIONS)
    ]
    model = [
        fold_scores(
            BayesSearchCV(
                estimator, space, n_iter=N_ITER, cv=partition(y, seed), random_state=seed, **common
            ),
            X,
            y,
        )
        for seed in range(N_SEEDS)
    ]
    print(f"  {name}", flush=True)
    return np.array(random), np.array(model)


def make():
    tables = joblib.Parallel(n_jobs=-1)(joblib.delayed(make_pair)(name) for name in PAIRS)
    arrays = {}
    for name, (random, model) in zip(PAIRS, tables, strict=True):
        arrays[f"random {name}"] = random.astype(np.float32)
        arrays[f"model {name}"] = model.astype(np.float32)
    SCORES.parent.mkdir(exist_ok=True)
    np.savez_compressed(SCORES, **arrays)
    print(f"{SCORES}: {SCORES.stat().st_size / 1024:.0f} kB")


def forgiving(scores, complete):
    """Bergman and others (2024): the mean so far is below the incumbent's worst fold."""
    incumbent = complete[np.argmax(complete.mean(axis=1))]
    return np.nanmean(scores) < incumbent.min()


def aggressive(scores, complete):
    """The mean so far is below the incumbent's mean."""
    return np.nanmean(scores) < complete.mean(axis=1).max()


def at_once(is_dropped):
    """A race that drops candidates permanently, by ``is_dropped(scores, complete)``."""

    def run(table):
        is_run = np.zeros(table.shape, dtype=bool)
        for row, done in zip(table, is_run, strict=True):
            complete = table[is_run.all(axis=1)]
            for n_run in range(1, N_SPLITS + 1):
                done[:n_run] = True
                scores = np.where(done, row, np.nan)
                if n_run < N_SPLITS and len(complete) and is_dropped(scores, complete):
                    break
        return is_run

    return run


class Listed:
    """An optimiser that suggests the rows of a table."""

    n_asked = 0

    def ask(self, progress, n_slots):
        """Suggest the next row."""
        self.n_asked += 1
        return Candidate(self.n_asked - 1, {}, (), 0, "random")

    def prepare(self):
        """Do nothing: a row takes no time to suggest."""

    def tell(self, observation):
        """Do nothing: the rows are fixed."""


def by_engine(table):
    """The race as a search runs it: candidates wait, and may be resumed in the end."""

    def look_up(task):
        key = task.candidate.id, task.split
        return FoldResult(*key, table[key], None, fit_time=0.0, score_time=0.0)

    race = Race(Objective(), drop_failed=True)
    engine = EvaluationEngine(make_executor(1), N_SPLITS, Budget(len(table)), race=race)
    history = engine.run(Listed(), look_up)
    is_run = np.zeros(table.shape, dtype=bool)
    for candidate in history.candidates:
        is_run[candidate.id, [fold.split for fold in history.folds(candidate)]] = True
    return is_run


RACES = {
    "ours": by_engine,
    "dropped at once, z = 2.5": at_once(RacingRule(z_pause=2.5).waits),
    "never revived, z = 0.5": at_once(RacingRule(z_pause=0.5).waits),
    "forgiving": at_once(forgiving),
    "aggressive": at_once(aggressive),
}


def outcome(table, is_run):
    """Return the share of fits saved in one search, and whether its winner was lost."""
    means = table.mean(axis=1)
    # Stored in single precision: smaller differences are rounding errors.
    return 1 - is_run.mean(), means[is_run.all(axis=1)].max() < means.max() - 1e-6


def searches(tables, kind, n_random, n_orders, rng):
    """Yield searches, shape (n_candidates, n_splits): random ones, or those by the model."""
    for number in range(n_random if kind == "random" else len(tables) * n_orders):
        table = tables[number % len(tables)].astype(float)
        if kind == "random":
            table = table[rng.choice(len(table), N_ITER, replace=False)]
        # A failed fold ends its candidate; here it has a score below all others.
        table = np.where(np.isfinite(table), table, np.nanmin(table) - 1)
        yield table[:, rng.permutation(N_SPLITS)]


def report(what, outcomes):
    """Print savings and lost winners; the interval is that of Clopper and Pearson."""
    n_lost, n_games = int(outcomes[:, 1].sum()), len(outcomes)
    low = beta.ppf(0.025, n_lost, n_games - n_lost + 1) if n_lost else 0.0
    high = beta.ppf(0.975, n_lost + 1, n_games - n_lost)
    print(
        f"{what}: saved {outcomes[:, 0].mean():.3f}, winner lost in {n_lost} of {n_games}: "
        f"{n_lost / n_games:.4f} ({low:.4f} to {high:.4f})",
        flush=True,
    )


def replay(n_random, n_orders, seed):
    stored = np.load(SCORES)
    for kind in ("random", "model"):
        for rule, race in RACES.items():
            rng, found = np.random.default_rng(seed), []
            for name in PAIRS:
                games = searches(stored[f"{kind} {name}"], kind, n_random, n_orders, rng)
                found.append(np.array([outcome(game, race(game)) for game in games]))
            report(f"{kind} candidates, {rule}", np.concatenate(found))
            if rule == "ours":
                report("    first, third, ... pair", np.concatenate(found[::2]))
                report("    second, fourth, ... pair", np.concatenate(found[1::2]))
                for name, one in zip(PAIRS, found, strict=True):
                    report(f"    {name}", one)


def play(name, seed, racing):
    """Return the scores of a search by the model, shape (n_candidates, n_splits)."""
    load, (estimator, space), scoring = PAIRS[name]
    X, y = load()
    search = BayesSearchCV(
        estimator,
        space,
        n_iter=N_ITER,
        cv=partition(y, seed),
        random_state=seed,
        scoring=scoring,
        refit=False,
        racing=racing,
    )
    return fold_scores(search, X, y)


def live(n_seeds):
    """Race, and compare with the same search without racing."""
    jobs = [(name, seed) for name in PAIRS for seed in range(n_seeds)]
    games = joblib.Parallel(n_jobs=-1)(
        joblib.delayed(play)(*job, racing) for job in jobs for racing in (True, False)
    )
    saved, behind = [], []
    for (name, seed), raced, full in zip(jobs, games[::2], games[1::2], strict=True):
        # In standard errors of a mean: two searches that take different paths never agree.
        error = np.nanmedian(full.std(axis=1, ddof=1)) / np.sqrt(N_SPLITS)
        saved.append(np.isnan(raced).mean())
        gap = np.nanmax(full.mean(axis=1)) - np.nanmax(raced.mean(axis=1))
        behind.append(gap / error)
        print(f"    {name}, seed {seed}: saved {saved[-1]:.2f}, best lower by {behind[-1]:.2f}")
    print(
        f"live: saved {np.mean(saved):.3f}; best mean lower by {np.mean(behind):.3f} standard "
        f"errors on average, from {min(behind):.2f} to {max(behind):.2f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("make")
    replay_parser = parts.add_parser("replay")
    replay_parser.add_argument("--n-random", type=int, default=400)
    replay_parser.add_argument("--n-orders", type=int, default=10)
    replay_parser.add_argument("--seed", type=int, default=0)
    live_parser = parts.add_parser("live")
    live_parser.add_argument("--n-seeds", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.part == "make":
        make()
    elif arguments.part == "live":
        live(arguments.n_seeds)
    else:
        replay(arguments.n_random, arguments.n_orders, arguments.seed)


if __name__ == "__main__":
    main()
