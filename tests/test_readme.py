"""The README is short, and does what it says; `test_docs.py` checks its commands."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from PIL import Image

import kerasgan
from kerasgan.presets import catalog
from kerasgan.registry import names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def table(heading: str, page: str = README) -> list[list[str]]:
    """The rows of a page's first table whose header starts with a word."""
    _, text = page.split(f"\n| {heading} |", 1)
    lines = text.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_python_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec(compile(EXAMPLE, "README.md", "exec"), namespace)
    assert namespace["images"].shape == (64, 28, 28, 1)
    assert (tmp_path / "morph.gif").is_file()
    assert (tmp_path / "my_gan" / "config.json").is_file()


@pytest.mark.backend_free
def test_readme_is_under_150_lines():
    assert len(README.splitlines()) < 150


@pytest.mark.backend_free
def test_picture_is_an_animation_of_several_families():
    path = ROOT / "docs" / "zoo.gif"
    assert f"]({path.relative_to(ROOT)})" in README
    assert path.stat().st_size < 1.5e6
    with Image.open(path) as picture:
        assert picture.n_frames > 20 and picture.width > 4 * picture.height


@pytest.mark.backend_free
def test_set_up_names_extras_and_markers_that_exist():
    extras = re.findall(r'install "\.\[(\w+)\]"', README)
    assert set(extras) <= set(PROJECT["project"]["optional-dependencies"])
    (tests,) = (line for line in README.splitlines() if "bin/pytest" in line)
    options = shlex.split(tests.split("bin/pytest")[1])
    left_out = set(re.findall(r"not (\w+)", options[options.index("-m") + 1]))
    declared = {
        m.split(":")[0] for m in PROJECT["tool"]["pytest"]["ini_options"]["markers"]
    }
    assert left_out == declared - {"backend_free", "devices"}  # devices: in matrix
    text = README.split("Run the tests", 1)[1].split("```")[0]
    assert all(f"`{marker}`" in text for marker in left_out)


@pytest.mark.backend_free
def test_calls_of_the_task_table_exist():
    rows = table("task")
    assert len(rows) > 10
    for _, classes, preset, call in rows:
        for name in re.findall(r"`(\w+)`", classes):
            assert hasattr(kerasgan, name) or hasattr(kerasgan.models, name)
        for name in re.findall(r"`(\w+)`", preset):
            assert name in catalog.list_presets()
        own = re.findall(r"`(\w+)`", classes) if "model." in call else ["GAN"]
        for name in own:
            cls = getattr(kerasgan.models, name, kerasgan.GAN)
            for method in re.findall(r"\b(?:gan|model)\.(\w+)\(", call):
                assert hasattr(cls, method), call


@pytest.mark.backend_free
def test_papers_are_those_of_the_families():
    papers = {
        row[0].strip("`"): re.findall(r"https?://[^)]*", row[2])
        for row in table("family", (ROOT / "docs" / "papers.md").read_text())
    }
    families = {kerasgan.registry.lookup(name) for name in names()}
    shipped = {
        c for c in families if c.kind == "gan" and "kerasgan.models" in c.__module__
    }
    assert papers.keys() == {cls.__name__ for cls in shipped}
    for cls in shipped:
        assert papers[cls.__name__][0] in cls.__doc__
