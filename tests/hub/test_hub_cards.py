"""Which card a push leaves on the Hub, and what it does not publish."""

import pytest

from tests.support.hub_process import generated_card
from tests.support.hub_scripts import PUSH, run

pytestmark = pytest.mark.backend_free

THERE = generated_card("there")
THEIRS = b"---\ntags:\n- kerasgan\n---\nTheir words"
MINE = b"---\ntags: [gan, kerasgan]\n---\nMy words"


def cards(server, folder, there, here):
    """Returns the card on the Hub after a push, and what the push printed."""
    repository = server.repositories.get("someone/digits")
    repository = repository or server.create("someone/digits")
    repository.add(repository.find("main").files | {"README.md": there}, "a card")
    (folder / "README.md").write_bytes(here)
    printed = run(server, folder, PUSH)
    return repository.find("main").files["README.md"], printed


@pytest.mark.parametrize(
    ("there", "here", "expected"),
    [
        (THERE, generated_card("here"), generated_card("here")),
        (THEIRS, generated_card("here"), THEIRS),
        (THERE, MINE, MINE),
        (THEIRS, MINE, MINE),
        (MINE, MINE.replace(b"My", b"My better"), MINE.replace(b"My", b"My better")),
    ],
    ids=["none edited", "there", "here", "both", "here, again"],
)
def test_edited_cards_win_and_the_folders_comes_first(
    server, folder, there, here, expected
):
    assert cards(server, folder, there, here)[0] == expected


def test_present_card_is_checked_before_it_is_replaced(server, folder):
    damaged = []

    def spoil(number, what):
        if what.startswith("GET") and what.endswith("README.md") and not damaged:
            return damaged.append(what) or "bytes"

    server.faults = spoil
    new = generated_card("here")
    assert cards(server, folder, THERE, new)[0] == new and damaged


def test_card_that_never_arrives_ends_the_push(server, folder):
    ends = "README.md"
    server.faults = lambda number, what: "bytes" if what.endswith(ends) else None
    repository = server.create("someone/digits")
    repository.add(repository.find("main").files | {ends: THERE}, "a card")
    message = run(server, folder, PUSH, fails=True)
    assert "HubUnavailableError" in message and "other bytes, twice" in message
    assert repository.find("main").message == "a card"


def test_card_in_another_encoding_counts_as_edited(server, folder):
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
def test_unlisted_card_is_warned_of_once(server, folder, text, count):
    server.create("someone/digits").add({"README.md": text.encode()}, "by hand")
    assert run(server, folder, WARNED) == count
    assert bool(run(server, folder, "print(*hub.find())")) == (count == "0")


def test_hubs_complaint_about_a_card_is_passed_on(server, folder):
    (folder / "README.md").write_bytes(b"---\nlicense: [mine]\n---\nMy words")
    message = run(server, folder, PUSH, fails=True)
    assert "HubError" in message and "card, README.md" in message
    assert '"license" must be a string' in message
    assert sum("validate-yaml" in what for what in server.log) == 1


@pytest.mark.parametrize("there", [True, False], ids=["private", "public"])
def test_push_checks_the_visibility_first(server, folder, there):
    repository = server.create("someone/digits", private=there)
    code = 'push("someone/digits", token="hf_owner", private={})'
    message = run(server, folder, code.format(not there), fails=True)
    assert "HubError" in message and "/someone/digits/settings" in message
    assert len(repository.commits) == 1
    for private in (there, None):
        run(server, folder, code.format(private))
    assert len(repository.commits) == 2 and repository.private is there


def test_new_repository_is_as_private_as_asked(server, folder):
    for private in (True, False, None):
        name = f"someone/{private}".lower()
        run(server, folder, f'push("{name}", token="hf_owner", private={private})')
        assert server.repositories[name].private is bool(private)


def test_push_requires_keep(server, folder):
    code = 'hub.push("someone/digits", FILES, token="hf_owner")'
    assert "keep" in run(server, folder, code, fails=True) and server.log == []


def test_login_names_the_account(server, folder):
    code = 'print(hub.login(" hf_other"))'
    printed = run(server, folder, code, HF_TOKEN="hf_owner")
    assert printed.splitlines()[-1] == "other"
    assert (folder.parent / "home/token").read_text() == "hf_other"


def test_login_refuses_a_wrong_token(server, folder):
    message = run(server, folder, 'hub.login("hf_wrong")', fails=True)
    assert f"{server.url}: the Hub does not know this access token" in message
    assert f"{server.url}/settings/tokens" in message and "None" not in message
    assert not (folder.parent / "home/token").exists()
