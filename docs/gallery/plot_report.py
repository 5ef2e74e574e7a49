"""
One page about a search
=======================

Everything about a search in one file: to mail, to keep, or to look at in a notebook.
"""

from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import search_report

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, racing=True, random_state=0).fit(X, y)

# %%
# ``search_report(search, "report.html")`` writes a file; as the last line of a cell it is shown.
search_report(search, X=X, y=y)
