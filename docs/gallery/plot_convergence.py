"""
How fast a search finds good settings
=====================================

The best score so far against the number of fitted folds. For several seeds, the line is the median
and the shade the range. A grid does not learn: its candidates are dots, its best score is a
horizontal line.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import ConvergenceDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
bayes = [BayesSearchCV(tree, space, n_iter=20, random_state=s).fit(X, y) for s in range(3)]
random = [RandomizedSearchCV(tree, space, n_iter=20, random_state=s).fit(X, y) for s in range(3)]

ConvergenceDisplay.from_searches({"Bayesian": bayes, "random": random})
plt.show()

# %%
# A grid, against seconds.

grid = {"max_depth": [1, 2, 4, 8, 15], "min_samples_leaf": [1, 5, 20]}
by_grid = GridSearchCV(tree, grid).fit(X, y)
ConvergenceDisplay.from_searches({"grid": by_grid, "Bayesian": bayes[0]}, unit="seconds")
plt.show()
