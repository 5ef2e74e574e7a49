"""Hyperparameter search for scikit-learn and Keras."""

__version__ = "0.1.0"
