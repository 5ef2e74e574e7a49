"""
Explaining the search, explaining the winner
============================================

Two questions are easily confused. Which *hyperparameters* made scores differ is a question about
the search. Which *features* the tuned model uses is a question about ``best_estimator_``, on rows
that it has not seen.
"""

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_wine
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune.inspection import ImportanceDisplay

X, y = load_wine(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = make_pipeline(StandardScaler(), SVC(C=1.0, gamma=0.1, probability=False))
space = {"svc__C": loguniform(1e-3, 1e3), "svc__gamma": loguniform(1e-4, 1e1)}
search = BayesSearchCV(model, space, n_iter=30, random_state=0).fit(X_train, y_train)

# %%
# The search: which hyperparameters mattered.

ImportanceDisplay.from_search(search)
plt.show()

# %%
# The winner: which features its score on new rows depends on.

found = permutation_importance(search, X_test, y_test, n_repeats=20, random_state=0)
order = found.importances_mean.argsort()
_, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
ax.boxplot(found.importances[order].T, orientation="horizontal", tick_labels=X.columns[order])
ax.set_xlabel("loss of accuracy on held-out rows")
plt.show()

# %%
# One prediction of the winner: SHAP values, by the package shap.

import shap

background = shap.utils.sample(X_train, 30, random_state=0)
explainer = shap.explainers.Permutation(
    lambda rows: search.decision_function(rows)[:, 0], background.to_numpy(), seed=0
)
explanation = explainer(X_test.to_numpy()[:20])
mean_size = abs(explanation.values).mean(axis=0)
order = mean_size.argsort()
_, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
ax.barh(X.columns[order], mean_size[order])
ax.set_xlabel("mean size of the SHAP value, first class")
plt.show()
