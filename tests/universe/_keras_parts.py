"""All that keras exports and that a network can be made of, with small arguments.

Found by walking keras' public modules: what a new release adds is tried too, and says so if it
cannot be made.
"""

from __future__ import annotations

import functools
import inspect
import itertools

import keras
import numpy as np

# Shapes that a row of 192 numbers can be given, tried in this order.
N_FEATURES = 192
SHAPES = [(192,), (24, 8), (8, 8, 3), (4, 4, 4, 3), (4, 16, 3), (3, 4, 4, 4), (3, 4, 4, 2, 2)]

# Arguments by their names, for all classes that demand them.
ARGUMENTS = {
    "units": 3,
    "pool_size": 2,
    "filters": 2,
    "kernel_size": 2,
    "rate": 0.3,
    "stddev": 0.1,
    "output_size": 2,
    "head_dim": 2,
    "num_heads": 2,
    "num_query_heads": 2,
    "num_key_value_heads": 1,
    "key_dim": 2,
    "num_tokens": 8,
    "num_bins": 4,
    "num_classes": 3,
    "target_class_ids": [0, 2],
    "recall": 0.5,
    "precision": 0.5,
    "sensitivity": 0.5,
    "specificity": 0.5,
    "factor": 0.3,
    "scale": 0.5,
    "height": 6,
    "width": 6,
    "height_factor": 0.2,
    "width_factor": 0.2,
    "initial_learning_rate": 0.01,
    "decay_steps": 4,
    "first_decay_steps": 4,
    "decay_rate": 0.7,
    "boundaries": [2, 5],
    "values": [0.01, 0.005, 0.001],
    "input_dim": 4,
    "output_dim": 2,
    "equation": "ab,bc->ac",
    "output_shape": 3,
}

OWN_ARGUMENTS = {
    "AlphaDropout": {"rate": 0.3},
    "CategoryEncoding": {"num_tokens": 4},
    "Discretization": {"bin_boundaries": [1.0, 2.0]},
    "Dot": {"axes": 1},
    "EinsumDense": {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"},
    "HashedCrossing": {"num_bins": 4},
    "IntegerLookup": {"vocabulary": [0, 1, 2], "output_mode": "int"},
    "Normalization": {"mean": 1.0, "variance": 2.0},
    "Permute": {"dims": (2, 1)},
    "RandomPosterization": {"factor": 4},
    "RandomGrayscale": {"factor": 0.5},
    "RepeatVector": {"n": 2},
    "Reshape": {"target_shape": (96, 2)},
    "STFTSpectrogram": {"mode": "log", "frame_length": 8, "frame_step": 4, "fft_length": 8},
    "MelSpectrogram": {
        "num_mel_bins": 4,
        "fft_length": 32,
        "sequence_stride": 16,
        "sampling_rate": 64,
    },
    "MaxNumBoundingBoxes": {},
    "Constant": {"value": 0.1},
    "STFT": {"side": "real"},
    "IoU": {"num_classes": 3, "target_class_ids": [0, 2]},
}

# Layers that want positive whole numbers.
OF_INTEGERS = {"Embedding", "ReversibleEmbedding", "CategoryEncoding", "Hashing", "IntegerLookup"}
# Layers that take several inputs.
OF_TWO = {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}
OF_QUERY_AND_VALUE = {"AdditiveAttention", "Attention"}
OF_QUERY = {"MultiHeadAttention", "GroupQueryAttention"}

# What cannot stand in a network by itself, and why.
LEFT_OUT = {
    "Layer": "a base class",
    "Wrapper": "a base class",
    "InputLayer": "each network has one",
    "JaxLayer": "of another backend",
    "FlaxLayer": "of another backend",
    "TorchModuleWrapper": "of another backend",
    "TFSMLayer": "reads a file",
    "Lambda": "holds code: tests/keras/test_twin.py",
    "GRUCell": "a part of RNN",
    "LSTMCell": "a part of RNN",
    "SimpleRNNCell": "a part of RNN",
    "StackedRNNCells": "a part of RNN",
    "StringLookup": "X is numbers",
    "TextVectorization": "X is numbers",
    "HashedCrossing": "of pairs of integers",
    "MixUp": "of images with labels",
    "CutMix": "of images with labels",
    "MaxNumBoundingBoxes": "of boxes",
    "Pipeline": "of other layers",
    # Keras itself does not reproduce these, or makes no network of them.
    "AugMix": "it draws numbers of Python while a step is traced",
    "Equalization": "its symbolic output is its input, so that it can follow no other layer",
    "RandomCrop": "its predictions have not the shape that it announces",
}


# Layers that take other shapes too, but are for images.
OF_IMAGES = {"AugMix", "AutoContrast", "CenterCrop", "Equalization", "RandAugment", "Resizing"}
OF_IMAGES |= {"ContrastLimitedAdaptiveHistogramEqualization", "Solarization"}


class UnknownArgumentError(Exception):
    """A class demands an argument for which there is no value here."""


def classes(module, base):
    """Return the classes of a public module, sorted by name, without the base."""
    found = {c.__name__: c for c in vars(module).values() if inspect.isclass(c)}
    return {
        name: found[name]
        for name in sorted(found)
        if issubclass(found[name], base) and found[name] is not base
    }


def exported(module, base):
    """Return the names of the classes of a public module, one for each class, sorted."""
    found = {
        value: name
        for name, value in sorted(vars(module).items(), reverse=True)
        if inspect.isclass(value) and issubclass(value, base) and not name.startswith("_")
    }
    return sorted(found.values())


def make(cls, **more):
    """Return an object of a class, with small arguments for those that it demands."""
    arguments = OWN_ARGUMENTS.get(cls.__name__)
    if arguments is None:
        parameters = inspect.signature(cls.__init__).parameters.values()
        demanded = [p.name for p in parameters if p.default is p.empty and p.kind == 1][1:]
        unknown = [name for name in demanded if name not in ARGUMENTS]
        if unknown:
            raise UnknownArgumentError(
                f"{cls.__name__} demands {unknown}: give them here a small value"
            )
        arguments = {name: ARGUMENTS[name] for name in demanded}
    return cls(**arguments, **more)


def _layer_of(name):
    layers = keras.layers
    inner = {
        "Bidirectional": lambda: layers.Bidirectional(layers.GRU(2)),
        "RNN": lambda: layers.RNN(
            layers.StackedRNNCells([layers.LSTMCell(2), layers.SimpleRNNCell(2), layers.GRUCell(2)])
        ),
        "SpectralNormalization": lambda: layers.SpectralNormalization(layers.Dense(2)),
        "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(2)),
        "Activation": lambda: layers.Activation("gelu"),
    }
    size = {
        "CenterCrop": (6, 6),
        "RandomCrop": (6, 6),
        "Resizing": (6, 6),
        "UpSampling1D": (2,),
    }
    if name in inner:
        return inner[name]()
    if name in size:
        return getattr(layers, name)(*size[name])
    return make(getattr(layers, name))


def branch(name, x):
    """Return numbers that a layer makes of rows of 192, in the first shape that it takes."""
    return _apply(name, keras.layers.Reshape(shape_for(name))(x))


@functools.cache
def shape_for(name):
    """Return the first shape that a layer takes, of tensors as of symbols."""
    errors = []
    is_of_images = name in OF_IMAGES or name.startswith("Random")
    for shape in [(8, 8, 3)] if is_of_images else SHAPES:
        inputs = keras.Input(shape)
        try:
            out = _apply(name, inputs)
            model = keras.Model(inputs, out)
            for training in (False, True):
                seen = model(np.ones((2, *shape), np.float32), training=training).shape
                if tuple(seen[1:]) != tuple(out.shape[1:]):
                    raise ValueError(f"the output has shape {seen}, not {out.shape}")
        except UnknownArgumentError:
            raise
        except Exception as error:  # it takes another shape
            errors.append(f"{shape}: {error}")
        else:
            return shape
    raise ValueError(f"{name} takes none of the shapes: {errors}")


def _apply(name, x):
    layer = _layer_of(name)
    if name in OF_INTEGERS:
        x = keras.ops.cast(x, "int32")
    if name in OF_TWO:
        out = layer([x, 2 * x])
    elif name in OF_QUERY_AND_VALUE:
        out = layer([x, x])
    elif name in OF_QUERY:
        out = layer(x, x)
    else:
        out = layer(x)
    out = keras.layers.Flatten()(keras.ops.cast(out, "float32"))
    if out.shape[-1] is None:
        raise ValueError("the number of outputs is not known")
    return out


# By the names under which they are exported: a class may have two.
LAYERS = [name for name in exported(keras.layers, keras.Layer) if name not in LEFT_OUT]
ACTIVATIONS = [
    name
    for name, value in sorted(vars(keras.activations).items())
    # One halves the units that a dense layer announces, the other takes more than the outputs.
    if callable(value) and name not in ("get", "serialize", "deserialize", "glu", "threshold")
]
INITIALIZERS = classes(keras.initializers, keras.initializers.Initializer)
REGULARIZERS = classes(keras.regularizers, keras.regularizers.Regularizer)
CONSTRAINTS = classes(keras.constraints, keras.constraints.Constraint)
SCHEDULES = classes(keras.optimizers.schedules, keras.optimizers.schedules.LearningRateSchedule)
OPTIMIZERS = {
    name: cls
    for name, cls in classes(keras.optimizers, keras.optimizers.Optimizer).items()
    if name != "MultiOptimizer"
}
LOSSES = classes(keras.losses, keras.losses.Loss)
METRICS = classes(keras.metrics, keras.metrics.Metric)


def head(outputs, n_units, activation):
    """Return what a network makes of several branches."""
    dense = [keras.layers.Dense(2)(out) for out in outputs]
    joined = dense[0] if len(dense) == 1 else keras.layers.Concatenate()(dense)
    return keras.layers.Dense(n_units, activation=activation)(joined)


def network_of_layers(names=()):
    """Return a network with a branch for each of some layers."""
    inputs = keras.Input((N_FEATURES,))
    model = keras.Model(inputs, head([branch(name, inputs) for name in names], 3, "softmax"))
    model.compile(keras.optimizers.SGD(0.003), "mse")
    return model


def network_of_dense(parts=()):
    """Return a network with a dense branch for each (keyword, name)."""
    inputs = keras.Input((N_FEATURES,))
    x = keras.layers.Dense(4, activation="tanh")(inputs)
    outputs = [keras.layers.Dense(4, **{key: _dense_part(key, name)})(x) for key, name in parts]
    model = keras.Model(inputs, head(outputs, 3, "softmax"))
    model.compile(keras.optimizers.SGD(0.003), "mse")
    return model


def _dense_part(key, name):
    if key == "activation":
        return getattr(keras.activations, name)
    table = {**INITIALIZERS, **REGULARIZERS, **CONSTRAINTS}
    return make(table[name])


@keras.saving.register_keras_serializable("sktune_tests_universe")
class Together(keras.losses.Loss):
    """The sum of several losses."""

    def __init__(self, names):
        super().__init__()
        self.names = names
        self.losses = [make(LOSSES[name]) for name in names]

    def call(self, y_true, y_pred):
        return sum(loss(y_true, y_pred) for loss in self.losses)

    def get_config(self):
        return {"names": self.names}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def network_to_compile(optimizer="SGD", schedule=None, loss="MeanSquaredError", metrics=()):
    """Return an MLP with these; ``loss`` may be the names of several."""
    inputs = keras.Input((N_FEATURES,))
    x = keras.layers.Dense(4, activation="tanh")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    rate = 0.003 if schedule is None else make(SCHEDULES[schedule])
    model.compile(
        make_optimizer(optimizer, rate),
        make(LOSSES[loss]) if isinstance(loss, str) else Together(loss),
        metrics=[make(METRICS[name], name=f"m_{name.lower()}") for name in metrics],
    )
    return model


def make_optimizer(name, rate):
    """Return an optimizer; one that scales losses round another."""
    if name == "LossScaleOptimizer":
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(rate))
    return OPTIMIZERS[name](learning_rate=rate)


def bundles(items, size):
    """Cut a list into parts of some size, the last one smaller."""
    return [tuple(items[i : i + size]) for i in range(0, len(items), size)]


def alone_and_in_pairs(items):
    """Return each item alone, then each with the next one."""
    return [(item,) for item in items] + list(itertools.pairwise(items))
