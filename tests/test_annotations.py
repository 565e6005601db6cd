"""Every public function and method states the types of its arguments and its result.

Ruff checks results only: its rule for arguments would include private functions.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kerasgan

pytestmark = pytest.mark.backend_free

PACKAGE = Path(kerasgan.__file__).parent
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "zoo" not in p.parts)
CALLS = {"__call__", "__init__"}
# Methods whose signatures Keras defines.
HOOKS = {"build", "call", "compute_output_shape", "from_config", "get_config"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.AST, cls: str = "") -> Iterator[tuple[str, Function]]:
    """Name and node of each public function, and of each method of public classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            if not node.name.startswith("_"):
                yield from public_functions(node, f"{node.name}.")
        elif isinstance(node, Function):
            public = not node.name.startswith("_") or node.name in CALLS
            hook = cls and (node.name in HOOKS or node.name.startswith("on_"))
            if public and not hook:
                yield cls + node.name, node
        elif isinstance(node, ast.If | ast.Try):
            yield from public_functions(node, cls)


def missing(function: Function, is_method: bool) -> list[str]:
    """Names of the arguments without a type, and "return" if the result has none."""
    given, decorators = function.args, map(ast.unparse, function.decorator_list)
    arguments = given.posonlyargs + given.args
    if is_method and "staticmethod" not in decorators:
        arguments = arguments[1:]
    arguments += given.kwonlyargs
    arguments += [a for a in (given.vararg, given.kwarg) if a is not None]
    names = [a.arg for a in arguments if a.annotation is None]
    has_result = function.returns is not None or function.name == "__init__"
    return names if has_result else [*names, "return"]


def unannotated(code: str) -> list[str]:
    """Each public function of a file with what it lacks."""
    return [
        f"{name}: {', '.join(lacking)}"
        for name, function in public_functions(ast.parse(code))
        if (lacking := missing(function, "." in name))
    ]


def test_public_functions_are_annotated():
    lacking = {
        path.relative_to(PACKAGE).as_posix(): functions
        for path in FILES
        if (functions := unannotated(path.read_text("utf-8")))
    }
    assert not lacking


def test_a_missing_annotation_is_reported():
    code = """
def public(a, *, b: int = 1, **c): ...
def _private(a): ...
class Public:
    def __init__(self, a): ...
    def call(self, x): ...
    def on_epoch_end(self, epoch): ...
    @staticmethod
    def method(a) -> None: ...
class _Private:
    def method(self, a): ...
"""
    expected = ["public: a, c, return", "Public.__init__: a", "Public.method: a"]
    assert unannotated(code) == expected
