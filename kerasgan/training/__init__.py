"""Carries out a recipe: phases, checkpoints, evaluation, a finished preset."""

from kerasgan.training.runner import train

__all__ = ["train"]
