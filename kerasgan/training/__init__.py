"""Carries out a recipe: phases, checkpoints, evaluation, a finished preset."""

from typing import Any

__all__ = ["train"]


def __getattr__(name: str) -> Any:
    """Imports Keras when a training is first asked for, not for the checks before."""
    if name == "train":
        from kerasgan.training.runner import train

        return train
    raise AttributeError(f"module 'kerasgan.training' has no attribute {name!r}")
