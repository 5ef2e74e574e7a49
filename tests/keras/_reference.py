"""What Keras itself makes of a model function: the reference of these tests."""

from __future__ import annotations

import keras
import numpy as np

from sktune.keras._training import _fit
from sktune.keras._training._seeding import seed_layers

# Where the same operations run compiled in another way: sums in another order.
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def fit_by_keras(make_model, X, y, *, epochs, batch_size, seed=0):
    """Return a model trained by ``Model.fit`` without shuffling, its layers seeded as ours."""
    model, _ = _fit.build(make_model, seed, X)
    if not model.optimizer.built:
        # `fit` builds it while it traces, which loses what ScheduleFreeAdamW copies of the weights.
        model.optimizer.build(model.trainable_variables)
    seeding = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seed_layers(model, seed, epoch)
    )
    model.fit(
        X, y, epochs=epochs, batch_size=batch_size, shuffle=False, verbose=0, callbacks=[seeding]
    )
    return model


def assert_same_weights(ours, theirs, **tolerance):
    """Compare two models; to the last bit, unless a tolerance is given."""
    pairs = zip(ours.get_weights(), theirs.get_weights(), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one, other, **{"rtol": 0, "atol": 0, **tolerance})
