"""Whose card a push leaves on the Hub, and what it does not publish."""

import pytest

from tests.support.hub_process import generated_card, write_files
from tests.support.hub_server import Hub
from tests.support.test_hub import PUSH, run

pytestmark = pytest.mark.backend_free

THERE = generated_card("there")
THEIRS = b"---\ntags:\n- kerasgan\n---\nTheir words"
MINE = b"---\ntags: [gan, kerasgan]\n---\nMy words"


@pytest.fixture
def server():
    with Hub() as hub:
        yield hub


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path)


def cards(server, folder, there, here):
    """The card on the Hub after a push; what the push printed."""
    repository = server.repositories.get("someone/digits")
    repository = repository or server.create("someone/digits")
    repository.add(repository.find("main").files | {"README.md": there}, "a card")
    (folder / "README.md").write_bytes(here)
    printed = run(server, folder, PUSH)
    return repository.find("main").files["README.md"], printed


@pytest.mark.parametrize(
    ("there", "here", "left"),
    [
        (THERE, generated_card("here"), generated_card("here")),
        (THEIRS, generated_card("here"), THEIRS),
        (THERE, MINE, MINE),
        (THEIRS, MINE, MINE),
        (MINE, MINE.replace(b"My", b"My better"), MINE.replace(b"My", b"My better")),
    ],
    ids=["none edited", "there", "here", "both", "here, again"],
)
def test_the_card_is_a_persons_and_the_folders_first(server, folder, there, here, left):
    assert cards(server, folder, there, here)[0] == left


def test_the_card_that_is_there_is_proven_before_it_is_judged(server, folder):
    spoilt = []

    def spoil(number, what):
        if what.startswith("GET") and what.endswith("README.md") and not spoilt:
            return spoilt.append(what) or "bytes"

    server.faults = spoil
    new = generated_card("here")
    assert cards(server, folder, THERE, new)[0] == new and spoilt


def test_a_card_that_never_arrives_whole_ends_the_push(server, folder):
    ends = "README.md"
    server.faults = lambda number, what: "bytes" if what.endswith(ends) else None
    repository = server.create("someone/digits")
    repository.add(repository.find("main").files | {ends: THERE}, "a card")
    said = run(server, folder, PUSH, fails=True)
    assert "HubUnavailableError" in said and "other bytes, twice" in said
    assert repository.find("main").message == "a card"


def test_a_card_in_another_encoding_is_a_persons(server, folder):
    latin = "---\ntags: [kerasgan]\n---\ncafé".encode("latin-1")
    assert cards(server, folder, latin, generated_card("here"))[0] == latin


WARNED = """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    push("someone/digits", token="hf_owner")
print(sum("library_name: kerasgan" in str(w.message) for w in caught))
"""


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("By hand", "1"),
        ("---\ntags: [gan]\n---\nmade with kerasgan", "1"),
        ("---\nbase_model:\n- kerasgan/digits\n---\n", "1"),
        ("---\nlibrary_name: kerasgan\n---\n", "0"),
        ("---\r\ntags:\r\n  - kerasgan\r\n---\r\n", "0"),
        ("---\ntags: [gan, 'kerasgan']\n---\n", "0"),
    ],
)
def test_a_card_that_hides_a_preset_from_lists_is_warned_of_once(
    server, folder, text, count
):
    server.create("someone/digits").add({"README.md": text.encode()}, "by hand")
    assert run(server, folder, WARNED) == count
    assert bool(run(server, folder, "print(*hub.find())")) == (count == "0")


def test_the_hubs_words_about_a_card_are_passed_on_at_once(server, folder):
    (folder / "README.md").write_bytes(b"---\nlicense: [mine]\n---\nMy words")
    said = run(server, folder, PUSH, fails=True)
    assert "HubError" in said and "card, README.md" in said
    assert '"license" must be a string' in said
    assert sum("validate-yaml" in what for what in server.log) == 1


@pytest.mark.parametrize("there", [True, False], ids=["private", "public"])
def test_nothing_is_uploaded_where_others_see_what_they_should_not(
    server, folder, there
):
    repository = server.create("someone/digits", private=there)
    code = 'push("someone/digits", token="hf_owner", private={})'
    said = run(server, folder, code.format(not there), fails=True)
    assert "HubError" in said and "/someone/digits/settings" in said
    assert len(repository.commits) == 1
    for private in (there, None):
        run(server, folder, code.format(private))
    assert len(repository.commits) == 2 and repository.private is there


def test_a_new_repository_is_as_private_as_wanted(server, folder):
    for private in (True, False, None):
        name = f"someone/{private}".lower()
        run(server, folder, f'push("{name}", token="hf_owner", private={private})')
        assert server.repositories[name].private is bool(private)


def test_who_pushes_has_to_say_which_cards_are_a_persons(server, folder):
    code = 'hub.push("someone/digits", FILES, token="hf_owner")'
    assert "keep" in run(server, folder, code, fails=True) and server.log == []


def test_login_tells_whose_token_was_stored(server, folder):
    code = 'print(hub.login(" hf_other"))'
    printed = run(server, folder, code, HF_TOKEN="hf_owner")
    assert printed.splitlines()[-1] == "other"
    assert (folder.parent / "home/token").read_text() == "hf_other"


def test_login_with_a_wrong_token_says_where_to_get_one(server, folder):
    said = run(server, folder, 'hub.login("hf_wrong")', fails=True)
    assert f"{server.url}: the Hub does not know the access token" in said
    assert f"{server.url}/settings/tokens" in said and "None" not in said
    assert not (folder.parent / "home/token").exists()
