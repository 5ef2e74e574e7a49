"""Pass the settings that Keras and TensorFlow keep per thread on to the workers of a search.

A dtype policy, a scope of custom objects or a device applies only to the thread in which it was
set. A worker thread or process does not have it, and would train differently from the refit.

Private names of Keras and TensorFlow, checked with 3.15.1 and 2.21: those of the state below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import keras
import tensorflow as tf
from keras.src.backend.common import global_state
from tensorflow.python.eager.context import context as tf_context

# Without counters of names and the state of a call or a trace in progress.
_KEPT = (
    "dtype_policy",
    "flash_attention",
    "safe_mode_saving",
    "remat_scope_stack",
    "traceback_filtering",
    "interactive_logging",
)
_SCOPE = "custom_objects_scope_dict"
# Settings of the whole process, which differ only in other processes.
_OF_THE_PROCESS = {
    "floatx": keras.config.set_floatx,
    "epsilon": keras.config.set_epsilon,
    "image_data_format": keras.config.set_image_data_format,
}


@dataclass(frozen=True, slots=True)
class ThreadState:
    """Settings of one thread, to be applied in another one; can be pickled.

    Parameters
    ----------
    kept : mapping of str to object
        Values that Keras keeps for the thread, by Keras's names.
    scope : mapping of str to object
        Custom objects of the scopes that the thread is in.
    registered : mapping of str to object
        Custom objects registered by the main module; other modules register theirs on import.
    config : mapping of str to object
        Settings of the process.
    device : str
        Where TensorFlow computes; empty: it chooses.
    """

    kept: Mapping[str, Any]
    scope: Mapping[str, Any]
    registered: Mapping[str, Any]
    config: Mapping[str, Any]
    device: str

    @classmethod
    def of_this_thread(cls) -> Self:
        """Return the state of the calling thread."""
        kept = {name: global_state.get_global_attribute(name) for name in _KEPT}
        registered = keras.saving.get_custom_objects().items()
        return cls(
            kept=kept,
            scope=dict(global_state.get_global_attribute(_SCOPE) or {}),
            registered={k: v for k, v in registered if v.__module__ == "__main__"},
            config={name: getattr(keras.config, name)() for name in _OF_THE_PROCESS},
            device=tf_context().device_name or "",
        )

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Apply this state; afterwards everything is restored."""
        before = type(self).of_this_thread()
        missing = {k: v for k, v in self.registered.items() if k not in before.registered}
        self._set()
        try:
            objects = keras.saving.custom_object_scope({**missing, **self.scope})
            with objects, tf.device(self.device or None):
                yield
        finally:
            before._set()

    def _set(self) -> None:
        for name, setter in _OF_THE_PROCESS.items():
            if getattr(keras.config, name)() != self.config[name]:
                setter(self.config[name])
        for name, value in self.kept.items():
            # Stacks are changed in place, so each thread needs its own.
            own = list(value) if isinstance(value, list) else value
            global_state.set_global_attribute(name, own)
