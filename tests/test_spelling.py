"""US spelling and the current names, in the code and the documentation."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.backend_free

ROOT = Path(__file__).parents[1]
WORDS = [  # UK spelling, and names of before the first release
    *("behaviour", "centre", "colour", "grey", "labelled", "licence", "memoris"),
    *("neighbour", "d_optimizer", "g_optimizer", "sample_latents", ".track("),
]
PATTERN = re.compile("|".join(map(re.escape, WORDS)), re.IGNORECASE)
EXCEPTIONS = {  # files that state what a name was in the first format of presets
    "docs/formats.md": {"memoris"},
    "kerasgan/presets/upgrade.py": {"memoris"},
}


def scanned() -> list[Path]:
    """README, the documentation, the package, and the code of the benchmarks."""
    files = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for folder in ("kerasgan", "benchmarks"):
        files += [p for p in (ROOT / folder).rglob("*") if p.suffix in (".py", ".md")]
    return sorted(files)


def test_no_file_has_uk_spelling_or_old_names():
    wrong, allowed = {}, EXCEPTIONS
    for path in scanned():
        name = path.relative_to(ROOT).as_posix()
        words = set(map(str.lower, PATTERN.findall(path.read_text("utf-8"))))
        if words := words - allowed.get(name, set()):
            wrong[name] = words
    assert wrong == {}


def test_every_exception_is_needed():
    for name, words in EXCEPTIONS.items():
        matches = PATTERN.findall((ROOT / name).read_text("utf-8"))
        assert set(map(str.lower, matches)) == words
