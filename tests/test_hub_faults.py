"""Every request of a push and of a pull goes wrong, in every way, once."""

import pytest

from tests.hub_server import Hub
from tests.test_hub import FILES, run, write_files

pytestmark = pytest.mark.backend_free

KINDS = ("cut", "lost", "reset", "short", "bytes", "headers", "stall", "429", "500")
COMMON = """
import logging, tempfile, time, urllib.request
from kerasgan.hub import client, pull, push

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
client.TIMEOUT = pull.TIMEOUT = push.TIMEOUT = 1.0
client.WAITS = push.WAITS = (0.01, 0.02, 0.03)


def ask(number, kind):
    body = json.dumps({"number": number, "kind": kind}).encode()
    url = os.environ["HF_ENDPOINT"] + "/_fault"
    request = urllib.request.Request(url, body, method="POST")
    return int(urllib.request.urlopen(request).read())


def fetch(folder):
    snapshot = hub.Snapshot("hf://someone/digits", cache_dir=folder)
    return {name: snapshot.read(name) for name in FILES}


def upload(name):
    return hub.push(name, FILES, token="hf_owner")


def tried(call):
    start = time.monotonic()
    try:
        found = call()
    except (errors.HubError, errors.PresetError) as error:
        found = error
    assert time.monotonic() - start < 30
    return found
"""
PULLS = (
    COMMON
    + """
upload("someone/digits")
with tempfile.TemporaryDirectory() as folder:
    before = ask(0, None)
    fetch(folder)
    requests = ask(0, None) - before
survived = 0
for number in range(requests):
    with tempfile.TemporaryDirectory() as folder:
        ask(number, KIND)
        found = tried(lambda: fetch(folder))
        assert isinstance(found, Exception) or found == FILES, number
        survived += found == FILES
        ask(0, None)
        assert fetch(folder) == FILES, number
print(requests, survived)
"""
)
PUSHES = (
    COMMON
    + """
before = ask(0, None)
upload("someone/first")
requests = ask(0, None) - before
survived = 0
for number in range(requests):
    name = f"someone/digits{number}"
    ask(number, KIND)
    found = tried(lambda: upload(name))
    survived += not isinstance(found, Exception)
    ask(0, None)
    upload(name)
print(requests, survived)
"""
)


@pytest.fixture
def server():
    with Hub(stall=3.0) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pull_gives_right_bytes_or_our_error(server, folder, kind):
    requests, survived = map(int, run(server, folder, f"KIND={kind!r}" + PULLS).split())
    assert requests > 10 and survived >= requests // 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_push_leaves_the_old_commit_or_the_new(server, folder, kind):
    requests, _ = map(int, run(server, folder, f"KIND={kind!r}" + PUSHES).split())
    assert requests > 8
    for name, repository in server.repositories.items():
        for commit in repository.commits.values():
            own = {n: d for n, d in commit.files.items() if n in FILES}
            assert own in ({}, FILES), name
        assert repository.find("main").files.items() >= FILES.items()
        assert len(repository.commits) == 2, name
