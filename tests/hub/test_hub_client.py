"""Calls of the Hub end in time and leak no token, beside any other calls."""

from textwrap import dedent

import pytest

from tests.support import hub_process
from tests.support.hub_scripts import PRELUDE, PUSH, run

pytestmark = pytest.mark.backend_free


def everything(server, folder, code, **variables):
    """Everything that a failing process prints."""
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


def test_attempts_of_the_client_are_one_line_each(server, folder):
    server.faults = lambda number, what: "cut" if number == 1 else None
    code = ["-c", f"{PRELUDE}print(hub.find())", str(folder)]
    done = hub_process.run(server, folder.parent / "home", *code)
    assert done.stdout == "[]\n" and len(server.log) == 3
    assert done.stderr == "The Hub did not answer as it should. Next try in 1 s.\n"


HURRY = """
import time
slept, clock = [], time.monotonic
time.sleep = slept.append
time.monotonic = lambda: clock() + sum(slept)
try:
    push("someone/digits", token="hf_owner")
except errors.HubUnavailableError as error:
    print(len(slept), sum(slept), error)
"""


@pytest.mark.parametrize(
    "part", ["repos/create", "/tree/", "preupload", "lfs/objects", "PUT", "/commit/"]
)
def test_push_to_a_broken_server_tells_and_ends(server, folder, part):
    server.faults = lambda number, what: "500" if part in what else None
    code = ["-c", PRELUDE + HURRY, str(folder)]
    done = hub_process.run(server, folder.parent / "home", *code)
    count, seconds, message = done.stdout.split(" ", 2)
    assert "answers with status 500" in message
    assert float(seconds) <= 25 * (2 if part == "PUT" else 1)  # two at the same time
    lines = done.stderr.splitlines()
    assert len(lines) == int(count) >= 3
    assert all(line.startswith("The Hub did not answer as it sh") for line in lines)


def test_concurrent_call_keeps_its_timeout(stalled, folder):
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


def test_sessions_of_a_program_get_timeouts(stalled, folder):
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


def test_cache_may_be_in_the_home_folder(server, folder):
    run(server, folder, PUSH)
    code = """
    snapshot = hub.Snapshot("hf://someone/digits", cache_dir="~/cache")
    snapshot.read("config.json")
    print(snapshot.folder)
    """
    home = {"HOME": str(folder.parent), "USERPROFILE": str(folder.parent)}
    printed = run(server, folder, dedent(code), **home)
    assert printed.startswith(str(folder.parent / "cache"))


def test_other_calls_get_no_timeouts(stalled, folder):
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


@pytest.mark.matrix
def test_upload_threads_have_timeouts(server, folder):
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
def test_malformed_token_is_refused_and_never_shown(server, folder, token):
    code = f'hub.Snapshot("hf://someone/digits", token="{token}")'
    shown = everything(server, folder, code)
    assert "HubAccessError" in shown and "from token=" in shown
    assert "SEC" not in shown.replace(token, "") and server.log == []


@pytest.mark.parametrize("stored", ["HF_TOKEN", "a file"])
def test_malformed_stored_token_is_never_shown(server, folder, stored):
    code = 'hub.Snapshot("hf://someone/digits")'
    home = folder.parent / "home"
    home.mkdir()
    variables = {"HF_TOKEN": "hf_SEC RET"} if stored == "HF_TOKEN" else {}
    if not variables:
        (home / "token").write_bytes(b"hf_SEC\xffRET")
    shown = everything(server, folder, code, **variables)
    assert "HubAccessError" in shown and "from HF_TOKEN or the file" in shown
    assert "SEC" not in shown and server.log == []


def test_whitespace_around_a_token_is_ignored(server, folder):
    run(server, folder, PUSH.replace("hf_owner", r" hf_owner\n"))
    assert "someone/digits" in server.repositories


def test_invalid_header_is_not_shown_or_retried(server, folder):
    code = """
    from kerasgan.hub import client
    client.checked = lambda token: token
    hub.Snapshot("hf://someone/digits", token="hf_SEC" + chr(10))
    """
    shown = everything(server, folder, dedent(code))
    assert "HubError" in shown and "may show the access token" in shown
    assert "Illegal header value" not in shown and server.log == []


def test_errors_of_the_caller_are_not_translated(server, folder):
    code = 'push("someone/digits", token="hf_owner", commit_message="")'
    message = run(server, folder, code, fails=True)
    assert message.startswith("ValueError") and "commit_message" in message
    assert sum("/tree/" in what for what in server.log) == 1


def test_bars_that_a_program_turned_off_stay_off(server, folder):
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


def test_empty_commit_is_listed(server, folder):
    server.create("someone/none").add({}, "nothing")
    code = 'print(hub.Snapshot("hf://someone/none").has("config.json"))'
    assert run(server, folder, code) == "False"
    message = run(server, folder, code.replace("has", "read"), fails=True)
    assert "no file at all" in message
    assert not any("/resolve/" in what for what in server.log)


FIND = """
from kerasgan.hub import client

client.WAITS = (0.1,)
hub.find()
"""


def test_a_list_without_a_network_ends_soon(server, folder):
    done = everything(server, folder, FIND, HF_ENDPOINT="http://127.0.0.1:9")
    assert "there is no connection (" in done and "Next try in 1 s" not in done


def test_a_list_offline_names_the_variable(server, folder):
    done = everything(server, folder, FIND, HF_HUB_OFFLINE="1")
    assert "because HF_HUB_OFFLINE is set. Unset it" in done
