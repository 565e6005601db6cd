"""Moves presets to and from the Hugging Face Hub; imports no Keras.

The Hub's client is imported when it is first used.
"""

from kerasgan.hub.address import PREFIX, Address, address
from kerasgan.hub.pull import Snapshot, find
from kerasgan.hub.push import login, push

__all__ = ["PREFIX", "Address", "Snapshot", "address", "find", "login", "push"]
