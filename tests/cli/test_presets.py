"""`kerasgan list` and `kerasgan info`."""

import json

import pytest

from tests.cli.conftest import METADATA
from tests.cli.helpers import one_line

pytestmark = pytest.mark.backend_free


def test_list_shows_model_images_data_and_parameters(kerasgan_command, zoo):
    code, out, _ = kerasgan_command("list")
    row = out.splitlines()[1].split()
    assert code == 0
    assert row == ["dcgan_mnist", "DCGAN", "28x28x1", "mnist", "2.00", "M"]


def test_list_shows_quality_and_filters(kerasgan_command):
    _, out, _ = kerasgan_command("list", "--data", "mnist", "--task", "generate")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert rows["dcgan_mnist"].rstrip().endswith("0.50 M      Frechet 0.394 (0.0284)")
    assert not [name for name in rows if "fashion" in name or "features" in name]
    code, _, err = kerasgan_command("list", "--data", "minst")
    assert code == 2 and "Did you mean 'mnist'" in one_line(err)


def test_info_prints_json(kerasgan_command, zoo):
    code, out, _ = kerasgan_command("info", "dcgan_mnist")
    assert code == 0 and json.loads(out)["metadata"] == METADATA


def test_info_prints_the_names_of_classes(kerasgan_command):
    _, out, _ = kerasgan_command("info", "cgan_fashion_mnist")
    assert json.loads(out)["metadata"]["class_names"][:2] == ["T-shirt/top", "Trouser"]
