"""Calls of the Hub end in time and betray nothing, whoever else calls beside them."""

from textwrap import dedent

import pytest

from tests.support import hub_process
from tests.support.hub_process import write_files
from tests.support.hub_server import Hub
from tests.support.test_hub import PRELUDE, PUSH, run

pytestmark = pytest.mark.backend_free


@pytest.fixture
def server():
    with Hub() as hub:
        yield hub


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path)


def everything(server, folder, code, **variables):
    """All that a process which fails prints."""
    called = ["-c", PRELUDE + code, str(folder)]
    home = folder.parent / "home"
    done = hub_process.run(server, home, *called, fails=True, **variables)
    return done.stdout + done.stderr


QUICK = """
import threading, time
from huggingface_hub import HfApi, close_session, get_session, set_client_factory
from kerasgan.hub import client

client.TIMEOUT, client.WAITS = 1.0, ()
WHERE = hub.address("someone/digits")

def seconds(before=lambda: None):
    start = time.monotonic()
    try:
        with client.client(WHERE) as api:
            before()
            api.list_repo_refs(WHERE.repo_id)
    except errors.HubUnavailableError as error:
        return time.monotonic() - start
"""


@pytest.fixture
def stalled(server):
    server.stall = 30.0
    server.create("someone/digits")
    server.faults = lambda number, what: "stall" if "/refs" in what else None
    return server


def test_the_clients_own_attempts_are_not_told(server, folder):
    server.faults = lambda number, what: "cut" if number == 0 else None
    code = ["-c", f"{PRELUDE}print(hub.find())", str(folder)]
    done = hub_process.run(server, folder.parent / "home", *code)
    assert (done.stdout, done.stderr) == ("[]\n", "") and len(server.log) == 2


def test_a_call_that_ends_takes_no_timeout_from_one_beside_it(stalled, folder):
    code = """
    begun, took = threading.Event(), []
    other = client.client(WHERE)
    other.__enter__()
    work = lambda: took.append(seconds(begun.wait))
    thread = threading.Thread(target=work)
    thread.start()
    other.__exit__(None, None, None)
    begun.set()
    thread.join()
    print(took[0] < 5)
    """
    assert run(stalled, folder, QUICK + dedent(code)) == "True"


def test_timeouts_outlive_the_clients_session(stalled, folder):
    assert run(stalled, folder, QUICK + "print(seconds(close_session) < 5)") == "True"


def test_a_programs_own_sessions_stay_its_own_and_get_timeouts(stalled, folder):
    code = """
    import httpx2

    def mine():
        return httpx2.Client(headers={"X-Mine": "yes"}, timeout=None)

    for _ in range(2):  # before the first call, and after it
        set_client_factory(mine)
        assert seconds() < 5
        assert get_session().headers["X-Mine"] == "yes"
    with client.client(WHERE), client.client(WHERE):
        pass
    print(len(get_session().event_hooks["request"]))
    """
    assert run(stalled, folder, QUICK + dedent(code)) == "1"


def test_calls_that_are_not_ours_get_no_timeouts(stalled, folder):
    stalled.stall = 3.0
    code = """
    import httpx2
    seconds()
    start = time.monotonic()
    try:
        HfApi().list_repo_refs(WHERE.repo_id)
    except httpx2.RemoteProtocolError:  # the server's end of it
        print(time.monotonic() - start > 2.5)
    """
    assert run(stalled, folder, QUICK + dedent(code)) == "True"


def test_the_uploading_threads_have_timeouts(server, folder):
    server.stall = 30.0
    server.faults = lambda number, what: "stall" if what.startswith("PUT") else None
    code = """
    time.sleep = lambda seconds: None
    sys.modules["kerasgan.hub.push"].WAITS = ()
    start = time.monotonic()
    try:
        push("someone/digits", token="hf_owner")
    except errors.HubUnavailableError:
        print(time.monotonic() - start < 20)
    """
    assert run(server, folder, QUICK + dedent(code)) == "True"


@pytest.mark.parametrize("token", [r"hf_SEC\nRET", r"hf_SEC\u00e9RET", "hf_SEC RET"])
def test_a_token_that_cannot_be_sent_is_refused_and_never_shown(server, folder, token):
    code = f'hub.Snapshot("hf://someone/digits", token="{token}")'
    shown = everything(server, folder, code)
    assert "HubAccessError" in shown and "from token=" in shown
    assert "SEC" not in shown.replace(token, "") and server.log == []


@pytest.mark.parametrize("stored", ["HF_TOKEN", "a file"])
def test_a_stored_token_that_cannot_be_sent_is_never_shown(server, folder, stored):
    code = 'hub.Snapshot("hf://someone/digits")'
    home = folder.parent / "home"
    home.mkdir()
    variables = {"HF_TOKEN": "hf_SEC RET"} if stored == "HF_TOKEN" else {}
    if not variables:
        (home / "token").write_bytes(b"hf_SEC\xffRET")
    shown = everything(server, folder, code, **variables)
    assert "HubAccessError" in shown and "from HF_TOKEN or the file" in shown
    assert "SEC" not in shown and server.log == []


def test_space_around_a_token_is_none_of_it(server, folder):
    run(server, folder, PUSH.replace("hf_owner", r" hf_owner\n"))
    assert "someone/digits" in server.repositories


def test_a_header_that_cannot_be_sent_is_not_shown_nor_tried_again(server, folder):
    code = """
    from kerasgan.hub import client
    client.checked = lambda token: token
    hub.Snapshot("hf://someone/digits", token="hf_SEC" + chr(10))
    """
    shown = everything(server, folder, dedent(code))
    assert "HubError" in shown and "may show the access token" in shown
    assert "Illegal header value" not in shown and server.log == []


def test_mistakes_of_a_call_are_not_taken_for_answers_of_the_hub(server, folder):
    code = 'push("someone/digits", token="hf_owner", commit_message="")'
    said = run(server, folder, code, fails=True)
    assert said.startswith("ValueError") and "commit_message" in said
    assert sum("/tree/" in what for what in server.log) == 1


def test_bars_that_a_program_switched_off_stay_off(server, folder):
    code = """
    from huggingface_hub import utils
    from kerasgan.hub.bars import silenced

    for wanted in (utils.enable_progress_bars, utils.disable_progress_bars):
        wanted()
        with silenced():
            assert utils.are_progress_bars_disabled()
        print(utils.are_progress_bars_disabled())
    """
    assert run(server, folder, code).split() == ["False", "True"]


def test_an_empty_commit_is_not_taken_for_an_unlisted_one(server, folder):
    server.create("someone/none").add({}, "nothing")
    code = 'print(hub.Snapshot("hf://someone/none").has("config.json"))'
    assert run(server, folder, code) == "False"
    said = run(server, folder, code.replace("has", "read"), fails=True)
    assert "no file at all" in said
    assert not any("/resolve/" in what for what in server.log)
