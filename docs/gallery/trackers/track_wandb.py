"""
Follow a search with Weights & Biases
=====================================

Candidates appear while the search runs. Look at them with
``wandb sync wandb/offline-run-...``. This example
needs the extra ``wandb``, and is not run when these pages are made.
"""

from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.callbacks import WandbTracker

X, y = load_breast_cancer(return_X_y=True)
space = {"max_depth": randint(1, 16), "max_features": uniform(0.05, 0.95)}
search = BayesSearchCV(DecisionTreeClassifier(random_state=0), space, n_iter=30, random_state=0)

search.set_callbacks(WandbTracker("trees", mode="offline")).fit(X, y)

# %%
# A search that was fitted before is sent afterwards:
# ``sktune.callbacks.log_search(search, WandbTracker("trees", mode="offline"))``.
