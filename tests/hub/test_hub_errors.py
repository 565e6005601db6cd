"""Errors of the Hub say what to do."""

import json

import pytest

from tests.support.hub_process import FILES, write_files
from tests.support.hub_scripts import run
from tests.support.hub_server import Hub

pytestmark = pytest.mark.backend_free

CASES = {
    'hub.Snapshot("hf://someone/digit")': "Did you mean 'someone/digits'",
    'hub.Snapshot("hf://someone/digits@dev")': "no revision 'dev'. It has main",
    'hub.Snapshot("hf://digits")': "Expected the name of a repository",
    'hub.Snapshot("hf://a/b@c", revision="d")': "Expected one revision",
    'hub.Snapshot("hf://someone/secret")': "There is no repository",
    'hub.Snapshot("hf://someone/photos")': "It is a dataset, not a model.",
    'hub.Snapshot("hf://someone/pipe").read("config.json")': "a diffusers pipeline",
    'hub.Snapshot("hf://someone/card").read("a.json")': "a card and no model",
    'hub.Snapshot("hf://someone/bert").read("metadata.json")': "a transformers model",
    'hub.Snapshot("hf://someone/gated")': "is gated. Accept its terms at http",
    'hub.Snapshot("hf://someone/digits").read("none.json")': "without none.json",
    'push("someone/new", token=False)': "kerasgan login",
    'push("someone/digits", {}, token="hf_other")': "does not allow this",
    'push("someone/digits", {}, token="hf_wrong")': "Create one at http",
    'hub.Snapshot("hf://someone/none").read("a.json")': "an empty repository",
    'hub.Snapshot("hf://someone/red").read("a.json")': r"with '\x1b[31mred'.",
    'hub.Snapshot("hf://a/b@c@d")': "Expected the name of a repository",
    'hub.Snapshot("hf://a/b--c")': "Expected the name of a repository",
    'hub.Snapshot("hf://a/b..c")': "Expected the name of a repository",
    'hub.Snapshot("hf://a/b.git")': "Expected the name of a repository",
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """The error message of each case, all from one process."""
    with Hub() as server:
        server.create("someone/digits").add(FILES, "whole")
        server.create("someone/secret", private=True)
        server.create("someone/gated", gated=True)
        server.datasets.add("someone/photos")
        server.create("someone/card").add({"README.md": b"---\n---\nData"}, "card")
        server.create("someone/none").add({}, "nothing")
        server.create("someone/red").add({"\x1b[31mred": b""}, "a name")
        server.create("someone/pipe").add({"model_index.json": b"{}"}, "pipeline")
        card = b"---\nlibrary_name: transformers\n---\n"
        files = {"README.md": card, "config.json": b'{"model_type": "bert"}'}
        server.create("someone/bert").add(files, "model")
        code = f"""
        messages = {{}}
        for case in {list(CASES)!r}:
            try:
                eval(case)
            except (errors.HubError, errors.PresetError) as error:
                messages[case] = str(error)
        print(json.dumps(messages))
        """
        folder = write_files(tmp_path_factory.mktemp("hub"))
        return json.loads(run(server, folder, code))


@pytest.mark.parametrize("case", CASES)
def test_error_says_what_to_do(messages, case):
    assert CASES[case] in messages[case]
