"""Folders of pictures."""

import types

import numpy as np
import pytest
from PIL import Image

from kerasgan import data


@pytest.fixture
def folder(tmp_path):
    """An empty folder, and functions that fill it and read its only image."""
    path = tmp_path / "pictures"

    def put(name, mode="RGB", size=(6, 4), color=None, **options):
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, color or 0).save(file, **options)
        return file

    def one(**options):
        images = data.read(path, **options).images
        assert len(images) == 1 and images.dtype == np.uint8
        return images[0]

    path.mkdir()
    return types.SimpleNamespace(path=path, put=put, one=one)
