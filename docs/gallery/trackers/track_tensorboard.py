"""
Follow a search with TensorBoard
================================

Candidates appear while the search runs. Look at them with
``tensorboard --logdir logs/trees``. This example
needs the extra ``tensorboard``, and is not run when these pages are made.
"""

from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.callbacks import TensorBoardTracker

X, y = load_breast_cancer(return_X_y=True)
space = {"max_depth": randint(1, 16), "max_features": uniform(0.05, 0.95)}
search = BayesSearchCV(DecisionTreeClassifier(random_state=0), space, n_iter=30, random_state=0)

search.set_callbacks(TensorBoardTracker("logs/trees")).fit(X, y)

# %%
# A search that was fitted before is sent afterwards:
# ``sktune.callbacks.log_search(search, TensorBoardTracker("logs/trees"))``.
