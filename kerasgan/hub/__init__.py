"""Presets on the Hugging Face Hub; imports no Keras, and the client when it is used."""

from kerasgan.hub.address import PREFIX, Address, address
from kerasgan.hub.pull import Snapshot, find
from kerasgan.hub.push import login, push

__all__ = ["PREFIX", "Address", "Snapshot", "address", "find", "login", "push"]
