"""Callbacks for `fit`.

Example:
    ```python
    from kerasgan.callbacks import EvaluateQuality, KeepBest

    evaluate = EvaluateQuality(dataset, "features_mnist", every=5)
    keep = KeepBest("best", "fid_features_mnist")
    gan.fit(dataset, epochs=50, callbacks=[evaluate, keep])
    ```
"""

from kerasgan.callbacks.curves import Curves
from kerasgan.callbacks.evaluate_quality import EvaluateQuality
from kerasgan.callbacks.keep_best import KeepBest
from kerasgan.callbacks.progress import Progress
from kerasgan.callbacks.push_to_hub import PushToHub
from kerasgan.callbacks.sample_grid import SampleGrid
from kerasgan.callbacks.stop_after import StopAfter
from kerasgan.callbacks.tensorboard import TensorBoard
from kerasgan.callbacks.training_monitor import TrainingMonitor

__all__ = [
    "Curves",
    "EvaluateQuality",
    "KeepBest",
    "Progress",
    "PushToHub",
    "SampleGrid",
    "StopAfter",
    "TensorBoard",
    "TrainingMonitor",
]
