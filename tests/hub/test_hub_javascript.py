"""The Hub on loopback satisfies an independent client: the one for JavaScript.

`KERASGAN_JAVASCRIPT` names a folder where `npm install @huggingface/hub` was run.
Uploads and downloads use LFS: that client knows only HTTP, by which the Xet store on
disk cannot be reached.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import hub_scripts
from tests.support.hub_process import FILES, write_files
from tests.support.hub_scripts import PULL, PUSH, run
from tests.support.hub_server import Hub

pytestmark = pytest.mark.backend_free
SCRIPT = Path(hub_scripts.__file__).parent / "hub_client.mjs"


@pytest.fixture
def packages():
    folder = os.environ.get("KERASGAN_JAVASCRIPT")
    if folder is None or shutil.which("node") is None:
        pytest.skip("needs Node, and @huggingface/hub where KERASGAN_JAVASCRIPT says")
    return folder


@pytest.mark.parametrize("xet", [False, True], ids=["lfs", "xet"])
def test_javascript_lists_downloads_and_uploads(packages, xet, tmp_path):
    folder = write_files(tmp_path)
    with Hub(xet=xet) as server:
        run(server, folder, PUSH)
        server.create("someone/else")
        done = subprocess.run(
            ["node", SCRIPT, packages, folder],
            env=os.environ | {"HF_ENDPOINT": server.url, "HF_TOKEN": "hf_owner"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        check(server, json.loads(done.stdout))
        pulled = run(server, folder, PULL.replace("digits", "again"))
        assert pulled == server.repositories["someone/again"].find("main").oid
        assert not server.leaked


def check(server, seen):
    """Checks what JavaScript saw and what it left."""
    files = server.repositories["someone/digits"].find("main").files
    assert seen["files"] == {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    assert (seen["user"], seen["models"]) == ("someone", ["someone/digits"])
    assert seen["others"] == []  # of two tags they have one
    assert (seen["missing"], seen["refused"], seen["stale"]) == (None, 404, 412)
    again = server.repositories["someone/again"]
    assert again.commits[seen["uploaded"]].files.items() >= FILES.items()
    assert len(again.commits) == 4  # creation, upload, notes, and away with them
    assert again.find("main").files == again.commits[seen["uploaded"]].files
