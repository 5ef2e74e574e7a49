"""
Which parameters mattered
=========================

Bars are shares of what makes scores differ over the search space, whiskers 90 % bands. Where the
bands overlap, the order of the parameters is not known.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import ImportanceDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, random_state=0).fit(X, y)

ImportanceDisplay.from_search(search)
plt.show()

# %%
# Importance among the good settings may differ: scores below the median count as the median.

ImportanceDisplay.from_search(search, region="better-half")
plt.show()
