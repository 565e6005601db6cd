"""Keras's layers and inputs, with settings that do not follow Keras's global ones.

Images are (N, H, W, C) and inputs float32, whatever `keras.config.image_data_format`
and `keras.config.floatx` say, which users may have set in their `keras.json`.
"""

import functools

import keras
from keras import layers

Input = functools.partial(keras.Input, dtype="float32")

_last = {"data_format": "channels_last"}
AveragePooling2D = functools.partial(layers.AveragePooling2D, **_last)
Conv2D = functools.partial(layers.Conv2D, **_last)
Conv2DTranspose = functools.partial(layers.Conv2DTranspose, **_last)
Flatten = functools.partial(layers.Flatten, **_last)
GlobalAveragePooling2D = functools.partial(layers.GlobalAveragePooling2D, **_last)
MaxPooling2D = functools.partial(layers.MaxPooling2D, **_last)
UpSampling2D = functools.partial(layers.UpSampling2D, **_last)
