"""
The course of a search
======================

The score of each candidate, in the order in which they were suggested, with the standard deviation
over the folds; the line is the best so far. At the bottom are candidates that failed or, as here
with ``racing=True``, were dropped.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import TraceDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, racing=True, random_state=0).fit(X, y)

TraceDisplay.from_search(search)
plt.show()
