"""Pull and push by the real client, over HTTP, against a Hub on loopback."""

import json
import shutil
import subprocess
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import hub_process
from tests.support.hub_process import FILES
from tests.support.hub_scripts import PRELUDE, PULL, PUSH, run
from tests.support.hub_server import Hub
from tests.support.hub_store import git_hash

pytestmark = pytest.mark.backend_free


# Xet is also in the sample of test_hub_faults.py.
@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.matrix)], ids=["lfs", "xet"]
)
def server(request):
    if request.param:
        pytest.importorskip("hf_xet")
    with Hub(xet=request.param) as hub:
        yield hub


def test_pull_returns_what_was_pushed(server, folder):
    page = run(server, folder, PUSH)
    commit = server.repositories["someone/digits"].find("main")
    assert page == f"{server.url}/someone/digits/commit/{commit.oid}"
    assert {n: d for n, d in commit.files.items() if n in FILES} == FILES
    assert run(server, folder, PULL) == commit.oid
    assert not server.leaked  # the token, to the store of large files


def test_push_makes_one_commit_and_the_same_again_none(server, folder):
    first = run(server, folder, PUSH)
    repository = server.repositories["someone/digits"]
    assert len(repository.commits) == 2  # with that of the repository's creation
    assert run(server, folder, PUSH) == first
    assert len(repository.commits) == 2
    (folder / "metadata.json").write_bytes(b'{"changed": 1}\n')
    assert run(server, folder, PUSH) != first
    assert len(repository.commits) == 3


def test_push_deletes_old_preset_files_and_no_others(server, folder):
    run(server, folder, PUSH)
    repository = server.repositories["someone/digits"]
    files = repository.find("main").files
    repository.add(files | {"notes.txt": b"mine", "old.weights.h5": b"x"}, "by hand")
    run(server, folder, PUSH)
    left = repository.find("main").files
    assert "notes.txt" in left and ".gitattributes" in left
    assert "old.weights.h5" not in left


def test_push_keeps_a_card_that_a_person_wrote(server, folder):
    run(server, folder, PUSH)
    repository = server.repositories["someone/digits"]
    files = repository.find("main").files
    repository.add(files | {"README.md": b"---\n---\nBy hand"}, "card")
    code = """
    FILES["config.json"] = b"[]"
    keep = lambda text: "By hand" in text
    push("someone/digits", token="hf_owner", keep=keep)
    """
    run(server, folder, code)
    files = repository.find("main").files
    assert files["README.md"] == b"---\n---\nBy hand" and files["config.json"] == b"[]"


def test_push_to_a_branch_and_as_a_pull_request(server, folder):
    run(server, folder, PUSH)
    code = """
    FILES["config.json"] = b"{}"
    push("hf://someone/digits@dev", token="hf_owner")
    print(push("someone/digits", token="hf_owner", create_pr=True))
    print(hub.Snapshot("hf://someone/digits@dev").read("config.json"))
    """
    page, read = run(server, folder, code).splitlines()
    assert page.endswith("/someone/digits/discussions/1") and read == "b'{}'"
    repository = server.repositories["someone/digits"]
    assert repository.find("main").files["config.json"] == FILES["config.json"]
    assert repository.find("refs/pr/1").files["config.json"] == b"{}"


def test_pull_takes_all_files_from_one_commit(server, folder):
    run(server, folder, PUSH)
    repository = server.repositories["someone/digits"]

    def push_in_between(number, what):
        if what.startswith("GET") and what.endswith("config.json"):
            files = dict.fromkeys(FILES, b"new")
            repository.add(repository.find("main").files | files, "another")

    server.faults = push_in_between
    before = repository.find("main").oid
    assert run(server, folder, PULL) == before
    assert repository.find("main").oid != before


def test_cached_preset_needs_no_network(server, folder):
    run(server, folder, PULL.replace("snapshot =", f"{PUSH}; snapshot ="))
    server.log.clear()
    for variables in ({"HF_HUB_OFFLINE": "1"}, {}):
        options = "" if variables else ", local_files_only=True"
        run(server, folder, PULL.replace('")', f'"{options})', 1), **variables)
    assert server.log == []
    server.faults = lambda number, what: "500"
    hurry = "import time; time.sleep = lambda seconds: None\n"
    assert run(server, folder, hurry + PULL)  # the cached files: the Hub is down


def test_offline_without_cache_names_the_remedy(server, folder):
    message = run(server, folder, PULL, fails=True, HF_HUB_OFFLINE="1")
    assert (
        "HubUnavailableError" in message
        and "kerasgan pull hf://someone/digits" in message
    )


def test_truncated_cached_file_is_downloaded_again(server, folder):
    run(server, folder, PUSH)
    run(server, folder, PULL)
    code = """
    path = hub.Snapshot("hf://someone/digits").folder / "generator.weights.h5"
    path.write_bytes(path.read_bytes()[:-9])
    """
    run(server, folder, code)
    commit = server.repositories["someone/digits"].find("main")
    assert run(server, folder, PULL) == commit.oid  # which compares the contents


def test_eight_processes_share_a_cache(server, folder):
    run(server, folder, PUSH)
    with ThreadPoolExecutor(8) as pool:
        commits = list(pool.map(lambda _: run(server, folder, PULL), range(8)))
    assert commits == [server.repositories["someone/digits"].find("main").oid] * 8


FULL = """
import errno
from huggingface_hub import file_download

def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")

file_download.http_get = file_download.xet_get = full
"""


def test_full_disk_is_reported_and_the_next_pull_works(server, folder):
    run(server, folder, PUSH)
    message = run(server, folder, FULL + PULL, fails=True)
    assert "HubError" in message and "no space left" in message and "HF_HOME" in message
    run(server, folder, PULL)


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 100 kB."""
    disk = tmp_path / "small"
    disk.mkdir()
    options = "-o", "size=100k", "tmpfs", str(disk)
    if not shutil.which("mount") or mount("-t", "tmpfs", *options).returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_really_full_disk_is_reported(server, folder, small_disk):
    run(server, folder, PUSH)
    code = PULL.replace('digits")', 'digits", cache_dir=os.environ["CACHE"])')
    message = run(server, folder, code, fails=True, CACHE=str(small_disk))
    assert "HubError" in message and "no space left" in message
    assert mount("-o", "remount,size=10m", str(small_disk)).returncode == 0
    run(server, folder, code, CACHE=str(small_disk))


def test_file_above_its_limit_is_not_downloaded(server, folder):
    run(server, folder, PUSH)
    server.log.clear()
    code = 'hub.Snapshot("hf://someone/digits").read("generator.weights.h5", 1000)'
    message = run(server, folder, code, fails=True)
    assert "PresetConfigError" in message and "must not exceed 1000 bytes" in message
    assert not any("weights" in what or "lfs" in what for what in server.log)


def test_progress_bars_show_large_files_only(server, folder):
    calls = [PRELUDE + textwrap.dedent(code) for code in (PUSH, PULL)]
    loud = {"TQDM_POSITION": "-1"}  # as if it were a terminal
    silent = loud | {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    for home, variables in (("loud", loud), ("quiet", silent), ("piped", {})):
        (folder / "config.json").write_bytes(home.encode())
        (folder / "generator.weights.h5").write_bytes(home.encode() * 50_000)
        (folder / "discriminator.weights.h5").write_bytes(home.encode())
        done = [
            hub_process.run(
                server, folder.parent / home, "-c", call, str(folder), **variables
            )
            for call in calls
        ]
        pushed, pulled = (d.stderr for d in done)
        assert bool(pushed) == bool(pulled) == (home == "loud")
        if home == "loud":
            assert " files" in pushed.lower()
            assert "generator.weights.h5: 100%" in pulled
            shown = [line for line in pulled.splitlines() if line.strip()]
            assert all(line.startswith("generator.weights.h5:") for line in shown)


def test_presets_are_found_by_their_tag(server, folder):
    run(server, folder, PUSH)
    server.create("someone/else")
    code = 'print(json.dumps([hub.find(), hub.find("someone"), hub.find("other")]))'
    both = ["hf://someone/digits"]
    assert json.loads(run(server, folder, code)) == [both, both, []]


def test_git_hash_is_the_one_of_git():
    assert git_hash(b"what is up, doc?") == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"


def test_failing_calls_are_retried_a_few_times(server, folder):
    code = """
    import time
    import httpx2
    from kerasgan.hub import client

    now, client.WAITS, client.TIMEOUT = [0.0], (0, 0, 0), 20.0
    time.monotonic = lambda: now[0]

    def tries(error, seconds):
        calls = []
        def call():
            calls.append(now)
            now[0] += seconds
            raise error
        try:
            client.retried(call)
        except type(error):
            return len(calls)

    broken, stalled = httpx2.ReadError("reset"), httpx2.ReadTimeout("stalled")
    print(tries(broken, 1), tries(broken, 23), tries(stalled, 20.1))
    print(tries(PermissionError("no"), 1))
    """
    assert run(server, folder, code).split() == ["4", "1", "2", "1"]
