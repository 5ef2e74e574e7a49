"""Where TensorFlow is not installed there is nothing to test here but the message."""

from importlib.util import find_spec

if find_spec("tensorflow") is None or find_spec("scikeras") is None:
    collect_ignore = [
        "test_augmentation.py",
        "test_cnn.py",
        "test_early_stopping.py",
        "test_estimator_checks.py",
        "test_fork.py",
        "test_gpu.py",
        "test_image_array.py",
        "test_image_cache.py",
        "test_image_folder.py",
        "test_image_reader.py",
        "test_lazy_images.py",
        "test_output.py",
        "test_probabilities.py",
        "test_programs.py",
        "test_scikeras_users.py",
        "test_search.py",
        "test_several_inputs.py",
        "test_targets.py",
        "test_threads.py",
        "test_wrappers.py",
    ]
