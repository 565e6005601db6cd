"""Pull and push by the real client, over HTTP, against a Hub on loopback."""

import json
import shutil
import subprocess
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import hub_process
from tests.support.hub_process import FILES, write_files
from tests.support.hub_server import Hub
from tests.support.hub_store import git_hash

pytestmark = pytest.mark.backend_free

PRELUDE = """
import json, os, sys, warnings
from pathlib import Path
from kerasgan import card, errors, hub
assert not {"keras", "tensorflow", "jax", "torch"} & set(sys.modules)
FILES = {p.name: p.read_bytes() for p in Path(sys.argv[1]).iterdir()}

def push(name, files=FILES, **options):
    return hub.push(name, files, **{"keep": card.is_edited, **options})
"""


@pytest.fixture(params=[False, True], ids=["lfs", "xet"])
def server(request):
    if request.param:
        pytest.importorskip("hf_xet")
    with Hub(xet=request.param) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path)


def run(server, folder, code, *, fails=False, **variables):
    """What a new process prints; of one that fails the last line."""
    called = ["-c", PRELUDE + textwrap.dedent(code), str(folder)]
    home = folder.parent / "home"
    done = hub_process.run(server, home, *called, fails=fails, **variables)
    return done.stderr.strip().splitlines()[-1] if fails else done.stdout.strip()


PUSH = 'print(push("someone/digits", token="hf_owner"))'
PULL = """
snapshot = hub.Snapshot("hf://someone/digits")
for name, content in FILES.items():
    assert snapshot.read(name) == content, name
print(snapshot.commit)
"""


def test_what_was_pushed_is_pulled(server, folder):
    page = run(server, folder, PUSH)
    commit = server.repositories["someone/digits"].find("main")
    assert page == f"{server.url}/someone/digits/commit/{commit.oid}"
    assert {n: d for n, d in commit.files.items() if n in FILES} == FILES
    assert run(server, folder, PULL) == commit.oid
    assert not server.leaked  # the token, to where large files lie


def test_a_push_is_one_commit_and_a_second_one_none(server, folder):
    first = run(server, folder, PUSH)
    repository = server.repositories["someone/digits"]
    assert len(repository.commits) == 2  # with that of the repository's creation
    assert run(server, folder, PUSH) == first
    assert len(repository.commits) == 2
    (folder / "metadata.json").write_bytes(b'{"changed": 1}\n')
    assert run(server, folder, PUSH) != first
    assert len(repository.commits) == 3


def test_files_of_an_older_preset_go_and_a_persons_stay(server, folder):
    run(server, folder, PUSH)
    repository = server.repositories["someone/digits"]
    files = repository.find("main").files
    repository.add(files | {"notes.txt": b"mine", "old.weights.h5": b"x"}, "by hand")
    run(server, folder, PUSH)
    left = repository.find("main").files
    assert "notes.txt" in left and ".gitattributes" in left
    assert "old.weights.h5" not in left


def test_a_card_that_a_person_wrote_is_kept(server, folder):
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
    found = repository.find("main").files
    assert found["README.md"] == b"---\n---\nBy hand" and found["config.json"] == b"[]"


def test_branches_and_pull_requests(server, folder):
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


def test_all_files_are_of_the_commit_that_was_resolved_first(server, folder):
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


def test_a_cached_preset_needs_no_network(server, folder):
    run(server, folder, PULL.replace("snapshot =", f"{PUSH}; snapshot ="))
    server.log.clear()
    for variables in ({"HF_HUB_OFFLINE": "1"}, {}):
        options = "" if variables else ", local_files_only=True"
        run(server, folder, PULL.replace('")', f'"{options})', 1), **variables)
    assert server.log == []
    server.faults = lambda number, what: "500"
    hurry = "import time; time.sleep = lambda seconds: None\n"
    assert run(server, folder, hurry + PULL)  # what is cached, where the Hub is down


def test_nothing_cached_and_no_network_is_said(server, folder):
    said = run(server, folder, PULL, fails=True, HF_HUB_OFFLINE="1")
    assert "HubUnavailableError" in said and "kerasgan pull hf://someone/digits" in said


def test_a_file_cut_short_in_the_cache_is_fetched_again(server, folder):
    run(server, folder, PUSH)
    run(server, folder, PULL)
    code = """
    path = hub.Snapshot("hf://someone/digits").folder / "generator.weights.h5"
    path.write_bytes(path.read_bytes()[:-9])
    """
    run(server, folder, code)
    run(server, folder, PULL)


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


def test_a_full_disk_is_said_and_the_next_pull_is_whole(server, folder):
    run(server, folder, PUSH)
    said = run(server, folder, FULL + PULL, fails=True)
    assert "HubError" in said and "no space left" in said and "HF_HOME" in said
    run(server, folder, PULL)


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True)


@pytest.fixture
def small_disk(tmp_path):
    """A folder with room for 100 kB."""
    disk = tmp_path / "small"
    disk.mkdir()
    options = "-o", "size=100k", "tmpfs", str(disk)
    if not shutil.which("mount") or mount("-t", "tmpfs", *options).returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_really_is_full_is_said(server, folder, small_disk):
    run(server, folder, PUSH)
    code = PULL.replace('digits")', 'digits", cache_dir=os.environ["CACHE"])')
    said = run(server, folder, code, fails=True, CACHE=str(small_disk))
    assert "HubError" in said and "no space left" in said
    assert mount("-o", "remount,size=10m", str(small_disk)).returncode == 0
    run(server, folder, code, CACHE=str(small_disk))


def test_a_file_above_its_bound_is_not_fetched(server, folder):
    run(server, folder, PUSH)
    server.log.clear()
    code = 'hub.Snapshot("hf://someone/digits").read("generator.weights.h5", 1000)'
    said = run(server, folder, code, fails=True)
    assert "PresetConfigError" in said and "must not exceed 1000 bytes" in said
    assert not any("weights" in what or "lfs" in what for what in server.log)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('hub.Snapshot("hf://someone/digit")', "Did you mean 'someone/digits'"),
        (
            'hub.Snapshot("hf://someone/digits@dev")',
            "no revision 'dev'. It has main",
        ),
        ('hub.Snapshot("hf://digits")', "Expected the name of a repository"),
        ('hub.Snapshot("hf://a/b@c", revision="d")', "Expected one revision"),
        ('hub.Snapshot("hf://someone/secret")', "There is no repository"),
        ('hub.Snapshot("hf://someone/photos")', "It is a data set, no model."),
        ('hub.Snapshot("hf://someone/pipe").read("config.json")', "of diffusers with"),
        ('hub.Snapshot("hf://someone/card").read("a.json")', "a card and no model"),
        ('hub.Snapshot("hf://someone/bert").read("metadata.json")', "of transformers"),
        ('hub.Snapshot("hf://someone/gated")', "is gated. Accept its terms at http"),
        ('hub.Snapshot("hf://someone/digits").read("none.json")', "without none.json"),
        ('push("someone/new", token=False)', "kerasgan login"),
        ('push("someone/digits", {}, token="hf_other")', "no right to do this"),
        ('push("someone/digits", {}, token="hf_wrong")', "Make one at http"),
        ('hub.Snapshot("hf://someone/none").read("a.json")', "an empty repository"),
        ('hub.Snapshot("hf://someone/red").read("a.json")', r"with '\x1b[31mred'."),
        ('hub.Snapshot("hf://a/b@c@d")', "Expected the name of a repository"),
        ('hub.Snapshot("hf://a/b--c")', "Expected the name of a repository"),
        ('hub.Snapshot("hf://a/b..c")', "Expected the name of a repository"),
        ('hub.Snapshot("hf://a/b.git")', "Expected the name of a repository"),
    ],
)
def test_errors_say_what_to_do(server, folder, code, said):
    run(server, folder, PUSH)
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
    assert said in run(server, folder, code, fails=True)


def test_both_directions_show_one_bar_for_what_is_large(server, folder):
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


def test_git_names_are_gits():
    assert git_hash(b"what is up, doc?") == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"


def test_calls_are_tried_again_but_not_for_ever(server, folder):
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
