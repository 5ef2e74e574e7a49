"""
The score along a parameter
===========================

The line is the mean over the space in all other parameters, the shade its 90 % band. The candidates
lie above or below it because of their other parameters.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import ScoreDependenceDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, random_state=0).fit(X, y)

ScoreDependenceDisplay.from_search(search, "min_samples_leaf")
plt.show()

# %%
# A slice through the best setting: how the score changes if only this parameter is changed.

ScoreDependenceDisplay.from_search(search, "min_samples_leaf", kind="slice")
plt.show()

# %%
# Two parameters.

ScoreDependenceDisplay.from_search(search, ["max_depth", "min_samples_leaf"])
plt.show()
