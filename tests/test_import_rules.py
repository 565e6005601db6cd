"""Who may import whom: the house's rules, held by its syntax trees."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kerasgan

pytestmark = pytest.mark.backend_free

PACKAGE = Path(kerasgan.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {"tensorflow", "jax", "torch", "tensorflow_datasets"}
SLOW = {"keras", "tensorflow", "jax", "torch", "huggingface_hub"}
# What a room may import of ours. A room not named here may import any but `cli`.
ALLOWED = {
    "backend": {"backend"},
    "losses": {"types"},
    "metrics": {
        *(
            "batches",
            "blueprints",
            "errors",
            "files",
            "images",
            "metrics",
            "registry",
            "validation",
            "weight_files",
            "weights",
        ),
        "zoo_model",
    },
    "layers": {"backend", "layers", "validation"},
    "augment": {"types", "validation"},
    "arguments": {"errors"},
    "errors": set(),
    "files": set(),
    "hardware": set(),
    "validation": {"documents", "errors"},
    "registry": {"errors"},
    "zoo_model": {"arguments", "files", "presets", "sharing", "validation", "weights"},
    "evaluating": {"evaluation"},
    "hub": {"errors", "files", "hub"},
    "card": {"files"},
    "documents": {"errors"},
    "optimizers": set(),
    "penalties": {"backend", "types"},
    "images": {"files"},
    "data": {"data", "errors", "files", "images", "validation"},
    "callbacks": {
        *("card", "evaluation", "hub", "images", "keeping", "metrics", "preset_files"),
        *("sharing", "validation"),
    },
    "keeping": {"errors", "evaluation", "files", "metrics"},
    "evaluation": {
        *("catalog", "data", "errors", "images", "metrics", "schemas", "validation"),
    },
    "batches": set(),
    "checkpoints": {"documents", "errors", "files", "validation", "weights"},
    "weights": {"errors", "weight_files"},
    "weight_files": {"errors", "hdf5"},
    "hdf5": set(),
    "blueprints": {"weight_files", "weights"},
    "schemas": {"errors"},
    "configs": {"documents", "errors", "files", "registry", "schemas"},
    "sampling": {"arguments", "batches", "errors", "images", "validation"},
    "fitting": {"backend", "optimizers", "validation"},
    "models": {
        "validation",
        "augment",
        "gan",
        "layers",
        "losses",
        "penalties",
        "registry",
        "codes",
        "models",
    },
    "codes": {"images", "metrics", "sampling", "validation"},
    "gan": {
        *(
            "arguments",
            "augment",
            "backend",
            "blueprints",
            "evaluating",
            "fitting",
            "images",
            "metrics",
            "optimizers",
            "presets",
        ),
        *("sampling", "types", "validation", "zoo_model"),
    },
    "recipes": {
        *("catalog", "configs", "documents", "errors", "preset_files", "presets"),
        *("registry", "schemas"),
    },
    "preset_files": {"documents", "errors", "files"},
    "sharing": {
        *("card", "catalog", "documents", "errors", "files", "hub", "preset_files"),
        *("presets", "schemas"),
    },
    "catalog": {"documents", "errors", "files", "hub", "preset_files"},
    "presets": {
        *("card", "catalog", "documents", "errors", "files", "images"),
        *("blueprints", "configs", "preset_files", "recipes", "weight_files"),
        "weights",
    },
}


def imports(path):
    """Full names of what a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def of_ours(path):
    """Rooms that a file imports."""
    for name in imports(path):
        top, *rest = name.split(".")
        if (
            top == "kerasgan"
            and rest
            and (PACKAGE / rest[0]).with_suffix(".py").exists()
        ):
            yield rest[0]
        elif top == "kerasgan" and rest and (PACKAGE / rest[0]).is_dir():
            yield rest[0]


def each_file(test):
    ids = [str(path.relative_to(PACKAGE)) for path in FILES]
    return pytest.mark.parametrize("path", FILES, ids=ids)(test)


@each_file
def test_only_the_backend_folder_and_tfds_reading_import_a_backend(path):
    heavy = {name.split(".")[0] for name in imports(path)} & HEAVY
    if room(path) == "backend":
        assert heavy <= {path.stem}
    elif path == PACKAGE / "data" / "named.py":
        assert heavy <= {"tensorflow", "tensorflow_datasets"}
    elif path == PACKAGE / "metrics" / "inception_weights.py":
        assert heavy <= {"torch"}  # the published checkpoint is a file of PyTorch's
    else:
        assert not heavy


@each_file
def test_only_hub_imports_huggingface_hub(path):
    used = any(name.split(".")[0] == "huggingface_hub" for name in imports(path))
    assert not used or path.parent.name == "hub"


@each_file
def test_a_file_imports_only_rooms_below_its_own(path):
    if room(path) in ALLOWED:
        assert set(of_ours(path)) <= ALLOWED[room(path)]


@each_file
def test_nothing_imports_the_command_line(path):
    assert room(path) == "cli" or "cli" not in set(of_ours(path))


@each_file
def test_the_library_has_no_assert(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)]


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if room(p) == "models" and p.stem != "__init__"],
    ids=lambda path: path.name,
)
def test_models_never_import_each_other(path):
    assert not [name for name in imports(path) if name.startswith("kerasgan.models")]


@each_file
def test_metrics_know_no_gan(path):
    if room(path) == "metrics":
        assert not {"gan", "models", "training"} & set(of_ours(path))


def test_no_import_is_relative():
    for path in FILES:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        assert not [n for n in nodes if isinstance(n, ast.ImportFrom) and n.level]


@pytest.mark.parametrize(
    "statement",
    [
        "import kerasgan",
        "import kerasgan.cli",
        "import kerasgan.hub.pull, kerasgan.hub.push",
        "import kerasgan; kerasgan.list_presets()",
        "import kerasgan; kerasgan.images, kerasgan.errors, dir(kerasgan)",
    ],
)
def test_no_backend_is_imported_by(statement):
    code = f"import sys; {statement}; print(sorted({SLOW} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
