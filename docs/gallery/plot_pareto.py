"""
Trade-offs between scores
=========================

Each point is a candidate; the line joins those that no other beats in both scores. The ring is the
setting that was chosen, here the knee: from there on, a little more of one score costs a lot of
the other.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import ParetoSearchCV
from sktune.inspection import ParetoDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "class_weight": [None, "balanced", {0: 3, 1: 1}, {0: 1, 1: 3}],
}
search = ParetoSearchCV(tree, space, n_iter=30, scoring=["recall", "precision"], random_state=0)
search.fit(X, y)

display = ParetoDisplay.from_search(search)
plt.show()

# %%
# How the front grew: where the line is level at the end, more fits would find little.

display.plot_hypervolume()
plt.show()
