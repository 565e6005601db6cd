"""Who may import whom: the rules of the house, checked on syntax trees.

Imports inside functions count too. `EXCEPTIONS` lists the places that look a room up
when they are called.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kerasgan

pytestmark = pytest.mark.backend_free

PACKAGE = Path(kerasgan.__file__).parent
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "zoo" not in p.parts)
GROUND = {"checks", "errors", "files", "images", "plots", "types", "video"}
HEAVY = {"tensorflow", "jax", "torch", "tensorflow_datasets"}
SLOW = {"keras", "tensorflow", "jax", "torch", "huggingface_hub"}
# The rooms that a room may import, besides the ground and itself.
ALLOWED = {
    "errors": set(),
    "types": set(),
    "checks": set(),
    "files": set(),
    "images": set(),
    "plots": set(),
    "video": set(),
    "registry": set(),
    "backend": set(),
    "losses": set(),
    "penalties": {"backend"},
    "augment": {"backend"},
    "layers": {"backend"},
    "networks": {"layers"},
    "data": set(),
    "metrics": set(),
    "hub": set(),
    "presets": {"hub", "registry"},
    "core": {
        *("augment", "backend", "data", "layers", "losses", "penalties", "presets"),
        "registry",
    },
    "models": {"core", "layers", "losses", "networks", "penalties", "registry"},
    "evaluation": {"core", "data", "metrics", "models", "presets"},
    "latent": {"core", "evaluation", "metrics"},
    "callbacks": {"core", "evaluation", "hub", "losses", "metrics", "presets"},
    "training": {
        *("callbacks", "core", "data", "evaluation", "models", "presets", "registry"),
    },
    "__main__": {"cli"},
    "cli": {
        *("augment", "backend", "callbacks", "core", "data", "evaluation", "hub"),
        *("latent", "layers", "losses", "metrics", "models", "networks", "penalties"),
        *("presets", "registry", "training"),
    },
}
# A file, and the room it imports when one of its functions is called.
EXCEPTIONS = {
    ("core/gan.py", "evaluation"),  # GAN.evaluate_quality forwards
    ("core/image_to_image.py", "evaluation"),  # so does ImageToImage
    ("core/image_gan.py", "latent"),  # ImageGAN.invert forwards
}
LONGEST = {True: 500, False: 350}  # lines of a file with one class, and of others
LONGEST_FUNCTION = 50  # lines without the docstring


def room(path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Full names of what a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(name: str):
    """The file of the package that a full name is imported from, or None."""
    parts = name.split(".")
    if parts[0] != "kerasgan" or len(parts) < 2:
        return None
    for length in (len(parts), len(parts) - 1):
        place = PACKAGE.joinpath(*parts[1:length])
        if place.with_suffix(".py").is_file() and length > 1:
            return place.with_suffix(".py")
        if (place / "__init__.py").is_file() and length > 1:
            return place / "__init__.py"
    return None


def imported_files(path) -> set[Path]:
    return {f for name in imports(path) if (f := file_of(name)) and f != path}


def own_lines(function) -> int:
    """Lines of a function without its docstring and its decorators."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - (docstring.end_lineno - docstring.lineno + 1)


def each_file(test):
    ids = [str(path.relative_to(PACKAGE)) for path in FILES]
    return pytest.mark.parametrize("path", FILES, ids=ids)(test)


@each_file
def test_a_file_imports_only_rooms_below_its_own(path):
    if path == PACKAGE / "__init__.py":
        assert not imported_files(path)
        return
    own, relative = room(path), path.relative_to(PACKAGE).as_posix()
    used = {room(file) for file in imported_files(path)} - GROUND - {own, "__init__"}
    excused = {other for file, other in EXCEPTIONS if file == relative}
    assert used <= ALLOWED[own] | excused


def test_every_room_has_a_rule():
    assert {room(path) for path in FILES} - {"__init__"} == ALLOWED.keys()


def test_no_file_is_in_an_import_circle():
    graph = {path: imported_files(path) for path in FILES}
    for path in list(graph):
        relative = path.relative_to(PACKAGE).as_posix()
        excused = {other for file, other in EXCEPTIONS if file == relative}
        graph[path] = {f for f in graph[path] if room(f) not in excused}
    while leaves := [path for path, others in graph.items() if not others]:
        for leaf in leaves:
            del graph[leaf]
        graph = {path: others - set(leaves) for path, others in graph.items()}
    assert not [path.relative_to(PACKAGE).as_posix() for path in graph]


@each_file
def test_only_backend_and_tfds_reading_import_a_backend(path):
    heavy = {name.split(".")[0] for name in imports(path)} & HEAVY
    if room(path) == "backend":
        assert heavy <= {path.stem}
    elif path == PACKAGE / "data" / "named.py":
        assert heavy <= {"tensorflow", "tensorflow_datasets"}
    elif path == PACKAGE / "evaluation" / "inception_weights.py":
        assert heavy <= {"torch"}  # the published checkpoint is a file of PyTorch's
    else:
        assert not heavy


@each_file
def test_only_hub_imports_huggingface_hub(path):
    used = any(name.split(".")[0] == "huggingface_hub" for name in imports(path))
    assert not used or path.parent.name == "hub"


@each_file
def test_the_library_has_no_assert(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)]


@each_file
def test_files_stay_short(path):
    text = path.read_text("utf-8")
    classes = [n for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
    assert len(text.splitlines()) <= LONGEST[len(classes) == 1]


@each_file
def test_functions_stay_short(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = [f.name for f in functions if own_lines(f) > LONGEST_FUNCTION]
    assert not long


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if room(p) == "models" and p.stem != "__init__"],
    ids=lambda path: path.name,
)
def test_a_family_imports_no_other_but_one_it_extends(path):
    used = {f.stem for f in imported_files(path) if room(f) == "models"}
    assert used == ({"wgan_gp"} if path.stem == "f_anogan" else set())


def test_the_registry_imports_only_files_of_models():
    text = (PACKAGE / "registry.py").read_text("utf-8")
    assert text.count("import_module(") == 1
    assert 'import_module("kerasgan.models." + name)' in text


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
