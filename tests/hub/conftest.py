"""A Hub on loopback, and a folder to push to it."""

import pytest

from tests.support.hub_process import write_files
from tests.support.hub_server import Hub


@pytest.fixture
def server():
    with Hub() as hub:
        yield hub


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path)
