"""Which GAN for which task."""

import pytest

from kerasgan import registry
from kerasgan.errors import RecipeError
from kerasgan.training import choose
from tests.test_docs import TEXTS

pytestmark = pytest.mark.backend_free


def families(task, **options):
    """The names of the families of a task, in order, that fit."""
    found = choose.choose(task, **options)
    return [choice.advice.family for choice in found if not choice.misfits]


def test_every_family_has_a_task_and_a_row():
    bundled = {path.stem for path in registry._FILES.glob("*.py")} - {"__init__"}
    assert {advice.family for advice in choose.ADVICE} == bundled
    assert {advice.task for advice in choose.ADVICE} == {*choose.TASKS}
    for name in bundled:
        assert f"`{registry.lookup(name).__name__}`" in TEXTS["docs/choosing.md"], name


@pytest.mark.parametrize(
    ("task", "options", "first"),
    [
        ("generate", {"images": 300}, ["r3gan"]),
        ("generate", {"has": ("labels",)}, ["r3gan", "stylegan2", "sngan", "sagan"]),
        ("translate", {"has": ("pairs",)}, ["pix2pix", "cyclegan"]),
        ("translate", {}, ["cyclegan"]),
        ("classify", {"has": ("labels",), "images": 60_000}, ["sgan"]),
        ("captions", {}, []),
    ],
)
def test_images_and_what_comes_with_them_decide(task, options, first):
    assert families(task, **options)[: len(first) or None] == first


def test_what_speaks_against_a_family_is_said():
    first, *_ = choose.choose("captions", images=10)
    assert first.advice.family == "stackgan"
    assert first.misfits == [
        "needs a caption for each image",
        "needs about 1,000 images; you have 10",
    ]
    (only, *_) = choose.choose("inpaint", size=30)
    assert only.misfits == ["makes sides divisible by 4 from 16; 28 is the nearest"]


def test_results_come_from_the_zoo():
    results = choose.results_of("r3gan")
    assert results["r3gan_mnist"] == "fid_features_mnist 0.0583 (real images 0.0284)"
    assert "r3gan_emoji" in results and choose.results_of("stylegan2") == {}


def test_commands_name_data_and_budget():
    (best, second, *_) = choose.choose("generate", size=64, hours=2)
    assert best.command == "kerasgan train photos/ --hours 2"
    expected = "kerasgan train stylegan2 --data photos/ --size 64 --hours 2"
    assert second.command == expected


def test_an_unknown_task_is_named():
    with pytest.raises(RecipeError, match="Did you mean 'upscale'"):
        choose.choose("upscaling")
