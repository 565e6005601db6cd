"""The documentation does what it says: every page, block and command."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

import kerasgan
from kerasgan.cli.app import app
from kerasgan.presets import documents, recipes
from tests.support import hub_process
from tests.support.hub_server import Hub

pytestmark = pytest.mark.backend_free

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
NAMED = ["README", "CONTRIBUTING", "SECURITY", "CHANGELOG", "tests/README"]
PAGES += [ROOT / f"{name}.md" for name in NAMED]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text() for path in PAGES}
CURRENT = {name: text for name, text in TEXTS.items() if name != "CHANGELOG.md"}


def blocks(name: str, language: str = "") -> list[str]:
    """The blocks of a page in a language; shell blocks have none."""
    every = re.findall(r"^```(\w*)\n(.*?)^```$", TEXTS[name], re.DOTALL | re.MULTILINE)
    return [text for found, text in every if found == language]


def replaced(text: str, changes: dict[str, str]) -> str:
    """The text with each key, which must occur, replaced."""
    for full, short in changes.items():
        assert full in text, full
        text = text.replace(full, short)
    return text


def commands(name: str) -> list[str]:
    """The `kerasgan` commands of a page, in blocks and in the text."""
    lines = [line for block in blocks(name) for line in block.splitlines()]
    inline = re.findall(r"`(kerasgan [^`]*)`", TEXTS[name])
    parts = [part for line in [*lines, *inline] for part in line.split("&&")]
    texts = [part.strip().removeprefix(".venv/bin/") for part in parts]
    return [c for c in texts if c.startswith("kerasgan ") and "COMMAND" not in c]


def parse(command: str) -> None:
    """Refuses a command with an unknown name or option; runs nothing."""
    arguments = shlex.split(command.replace("...", "list").replace("--help", "list"))
    arguments = arguments[1:]
    group, context = typer.main.get_command(app), None
    while hasattr(group, "resolve_command"):
        context = group.make_context("kerasgan", arguments, parent=context)
        rest = [*context._protected_args, *context.args]
        name, group, arguments = group.resolve_command(context, rest)
    options = {o for p in group.params for o in (*p.opts, *p.secondary_opts)}
    used = {a.split("=")[0] for a in arguments if re.match("--?[a-z]", a)}
    assert used <= options, f"{command}: {used - options}"
    if any(not argument.startswith("-") for argument in arguments):
        group.make_context(name, arguments, parent=context)  # a whole command


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", plain, re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in kept}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files_and_headings(name):
    folder = (ROOT / name).parent
    links = re.findall(r"\]\(([^)\s]+)\)", TEXTS[name])
    for link in (x for x in links if not x.startswith("http")):
        path, _, anchor = link.partition("#")
        target = folder / path if path else ROOT / name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("name", CURRENT)
def test_files_and_folders_in_text_exist(name):
    prefixes = r"(?:kerasgan|benchmarks|tests|docs|zoo|\.ci)/"
    for path in re.findall(rf"`({prefixes}[\w./-]*)`", CURRENT[name]):
        assert (ROOT / path).exists() or "NAME" in path, path


@pytest.mark.parametrize("name", CURRENT)
def test_commands_exist_with_their_options(name):
    for command in commands(name):
        parse(command)


@pytest.mark.parametrize("name", CURRENT)
def test_modules_that_commands_run_exist(name):
    for module in re.findall(r"python -m (tests\.[\w.]+)", CURRENT[name]):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module
    for script in re.findall(r"python (benchmarks/\w+\.py)", CURRENT[name]):
        assert (ROOT / script).is_file(), script


@pytest.mark.parametrize("name", CURRENT)
def test_names_of_the_package_exist(name):
    pattern = r"(?<![\w/.-])kerasgan((?:\.[A-Za-z_]\w*)+)"
    for dotted in set(re.findall(pattern, CURRENT[name])):
        value = kerasgan
        for part in dotted.split(".")[1:]:
            if not hasattr(value, part):
                value = importlib.import_module(f"{value.__name__}.{part}")
            value = getattr(value, part, value)


@pytest.mark.parametrize("name", TEXTS)
def test_python_of_pages_is_python(name):
    for block in blocks(name, "python"):
        compile(block, name, "exec")


def test_recipe_of_the_training_page_is_valid():
    (text,) = blocks("docs/training.md", "json")
    recipes.check(documents.parse(text.encode(), "training.md"))


def test_hooks_of_own_gans_exist():
    rows = re.findall(r"^\| (`[a-z_]+\(.*?) \|", TEXTS["docs/own_gans.md"], re.M)
    methods = [m for row in rows for m in re.findall(r"`([a-z_]+)\(", row)]
    assert len(methods) > 15
    for method in methods:
        assert hasattr(kerasgan.GAN, method), method


def test_example_of_a_new_gan_fits_on_a_screen():
    examples = blocks("docs/own_gans.md", "python")
    (example,) = (block for block in examples if "class MyLSGAN" in block)
    assert len(example.splitlines()) <= 50


# Every example runs, in a process of its own.

SHORTER = {
    "docs/training.md": {"epochs=10": "epochs=1"},
    "docs/evaluation.md": {
        'load("mnist")': 'load("mnist", split="train[:1000]")',
        'split="test")': 'split="test[:500]")',
        "held_out=test)": "held_out=test, num_samples=200)",
        "every=2)": "every=2, num_samples=200)",
        "epochs=20": "epochs=1",
    },
}
PLAIN = [
    "docs/anomalies.md",
    "docs/captions.md",
    "docs/conditional.md",
    "docs/data.md",
    "docs/evaluation.md",
    "docs/few_labels.md",
    "docs/formats.md",
    "docs/image_to_image.md",
    "docs/latent.md",
    "docs/own_gans.md",
    "docs/training.md",
]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder to work in, with 72 photos of three classes."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for index in range(72):
        folder = Path("photos") / "abc"[index % 3]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (30, 40, 3)).astype("uint8")
        Image.fromarray(pixels).save(folder / f"cat_{index}.png")
    return tmp_path


def execute(*arguments: str, **variables: str) -> str:
    """Runs Python in this folder, and returns what it prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.docs
@pytest.mark.parametrize("name", PLAIN)
def test_examples_run(name, photos, request):
    variables = {}
    if name == "docs/evaluation.md":
        data = request.getfixturevalue("test_data")
        variables["TFDS_DATA_DIR"] = str(data / "tfds")
    code = replaced("\n".join(blocks(name, "python")), SHORTER.get(name, {}))
    execute("-c", code, **variables)


@pytest.mark.docs
def test_examples_of_the_hub_run(photos):
    code = "\n".join(blocks("docs/hub.md", "python")).replace("me/", "someone/")
    with Hub() as server:
        home = photos / "home"
        hub_process.run(server, home, "-c", code, cwd=photos, HF_TOKEN="hf_owner")
        assert {"someone/my-gan", "someone/my-best-gan"} <= server.repositories.keys()


TWO = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
both = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, both)
"""


@pytest.mark.docs
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_examples_of_devices_run(backend, photos):
    pytest.importorskip(backend)
    precision, mirrored, parallel = blocks("docs/devices.md", "python")
    both = {"Strategy()": 'Strategy(["CPU:0", "CPU:1"])'}
    code = {"tensorflow": TWO + replaced(mirrored, both), "jax": parallel}[backend]
    flags = "--xla_force_host_platform_device_count=2" if backend == "jax" else ""
    execute("-c", code, KERAS_BACKEND=backend, XLA_FLAGS=flags)
    execute("-c", precision, KERAS_BACKEND=backend)


@pytest.mark.docs
def test_commands_run(photos):
    own, parted, *_ = blocks("docs/training.md")
    small = {
        "--size 64": "--size 32",
        "--out runs/mine": "--set width=4 --out runs/mine",
    }
    own = replaced(own, {"train photos/": "train photos/ --updates 20 --set width=4"})
    small |= {"runs/mine --held": "runs/mine --num-samples 20 --metrics fid --held"}
    parted = replaced(parted, small | {"--crop": "--crop --batch-size 8 --epochs 1"})
    parted = parted.replace("--out runs/mine", "--overwrite --out runs/mine")
    parted += "\n".join(blocks("docs/command_line.md"))
    parted = parted.replace(
        "--held-out split", "--features features_cifar10 --held-out split"
    )
    np.save("latents.npy", np.zeros((2, 32), "float32"))
    for line in [*own.splitlines(), *parted.splitlines()]:
        if line.strip():
            execute("-m", "kerasgan", *shlex.split(line)[1:])
    made = {path.name for path in photos.iterdir()}
    assert {"grid.png", "animation.gif", "images.npy", "folder"} <= made
    assert (photos / "runs" / "mine" / "config.json").is_file()
