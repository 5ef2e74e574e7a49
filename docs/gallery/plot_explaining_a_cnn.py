"""
Explaining a tuned CNN
======================

The same two questions for a network: the search shows which hyperparameters mattered, and the
winner shows which pixels matter, on pictures that it has not seen.
"""

import matplotlib.pyplot as plt
import numpy as np
import shap
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sktune import BayesSearchCV
from sktune.inspection import ImportanceDisplay
from sktune.keras import CNNClassifier

X, y = load_digits(n_class=3, return_X_y=True)
X = (X / 16).reshape(-1, 8, 8, 1).astype("float32")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
network = CNNClassifier(filters=8, epochs=4, random_state=0)
space = {"learning_rate": loguniform(1e-4, 1e-1), "filters": [4, 8, 16]}
search = BayesSearchCV(network, space, n_iter=8, cv=3, random_state=0, n_jobs=1)
search.fit(X_train, y_train)

# %%
# The search: importance of the hyperparameters.

ImportanceDisplay.from_search(search)
plt.show()

# %%
# The winner: SHAP values of the pixels of three pictures, for the class that it predicts.


def scores(rows):
    """Probabilities of pictures that are rows of 64 pixels."""
    return search.predict_proba(rows.reshape(-1, 8, 8, 1).astype("float32"))


background = X_train[:10].reshape(10, 64)
explainer = shap.explainers.Permutation(scores, background, seed=0)
pictures = np.array([X_test[y_test == label][0] for label in range(3)])
explanation = explainer(pictures.reshape(3, 64), max_evals=131)
figure, axes = plt.subplots(2, 3, figsize=(6.4, 4.4), layout="constrained")
for column, picture in enumerate(pictures):
    values = explanation.values[column, :, column].reshape(8, 8)
    size = np.abs(values).max()
    axes[0, column].imshow(picture[:, :, 0], cmap="gray")
    axes[1, column].imshow(values, cmap="coolwarm", vmin=-size, vmax=size)
    axes[0, column].set_title(f"speaks for {column}")
for ax in axes.flat:
    ax.set_axis_off()
plt.show()
