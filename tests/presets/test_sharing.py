"""Presets are pushed, listed, pulled, fine-tuned and pushed again, as users do."""

import json
import shutil
import textwrap

import pytest

from kerasgan import errors, hub
from kerasgan.presets import catalog, share, upgrade
from tests.support import hub_process
from tests.support.hub_process import ROOT
from tests.support.hub_server import Hub

pytestmark = pytest.mark.backend_free

PRELUDE = """
import json, os, sys, warnings
from pathlib import Path
import numpy as np
import kerasgan
from kerasgan import callbacks
from tests.support import checks
"""


@pytest.fixture(scope="module")
def server():
    with Hub() as hub:
        yield hub


def run(server, tmp_path, *command, code=None, fails=False, **variables):
    """Runs a command of kerasgan, or Python code, in a new process."""
    called = ["-m", "kerasgan.cli", *command]
    if code is not None:
        called = ["-c", PRELUDE + textwrap.dedent(code)]
    user = {"HF_TOKEN": "hf_owner", "KERAS_BACKEND": "tensorflow", **variables}
    options = {"fails": fails, "timeout": 300, "cwd": tmp_path}
    done = hub_process.run(server, tmp_path / "home", *called, **options, **user)
    return (done.stderr if fails else done.stdout).strip()


def test_push_list_pull_fine_tune_and_push_again(server, tmp_path):
    page = run(server, tmp_path, "push", "dcgan_mnist", "someone/digits")
    assert page.startswith(f"{server.url}/someone/digits/commit/")
    assert run(server, tmp_path, "push", "dcgan_mnist", "someone/digits") == page
    code = """
    assert "hf://someone/digits" in kerasgan.list_presets(hub=True)
    mine = kerasgan.from_preset("dcgan_mnist", networks="sampler").generate(4, seed=0)
    gan = kerasgan.from_preset("hf://someone/digits")
    np.testing.assert_array_equal(gan.generate(4, seed=0), mine)
    gan.compile()
    gan.fit(np.zeros((8, 28, 28, 1), "uint8"), batch_size=4, verbose=0)
    print(gan.push_to_hub("someone/darker"))
    """
    run(server, tmp_path, code=code)
    files = server.repositories["someone/darker"].find("main").files
    metadata = json.loads(files["metadata.json"])
    assert metadata["fine_tuned_from"]["name"] == "someone/digits"
    card = files["README.md"].decode()
    assert 'base_model: "someone/digits"' in card
    assert 'from_preset("hf://someone/darker")' in card


def test_pulled_folder_equals_the_pushed_preset(server, tmp_path):
    run(server, tmp_path, "push", "dcgan_mnist", "someone/other")
    run(server, tmp_path, "pull", "hf://someone/other", "--out", "mine")
    zoo = ROOT / "zoo/dcgan_mnist"
    for path in zoo.iterdir():
        same = (tmp_path / "mine" / path.name).read_bytes() == path.read_bytes()
        assert same or path.name == "README.md"
    run(server, tmp_path, "generate", "mine", "-n", "4")
    message = run(
        server, tmp_path, "pull", "someone/other", "--out", "mine", fails=True
    )
    assert "mine exists" in message and "Traceback" not in message


def test_results_that_are_not_numbers_are_not_pushed(tmp_path):
    folder = shutil.copytree(ROOT / "zoo/dcgan_mnist", tmp_path / "mine")
    results = json.loads((folder / "results.json").read_text())
    results["quality"]["fid_features_mnist"]["value"] = "best"
    (folder / "results.json").write_text(json.dumps(results))
    with pytest.raises(errors.PresetConfigError, match="results.json: quality.*number"):
        share.contents_of(catalog.files_of(folder), hub.address("someone/mine"))


def test_generate_downloads_the_generator_only(server, tmp_path):
    run(server, tmp_path, "push", "dcgan_mnist", "someone/sampled")
    server.log.clear()
    run(
        server,
        tmp_path,
        "generate",
        "hf://someone/sampled",
        "-n",
        "4",
        "--out",
        "a.png",
    )
    assert (tmp_path / "a.png").is_file()
    fetched = [what for what in server.log if "/resolve/" in what]
    assert any("generator.weights.h5" in what for what in fetched)
    assert not any("discriminator" in what or "samples" in what for what in fetched)


def test_names_are_looked_up_in_the_users_account(server, tmp_path):
    run(server, tmp_path, "push", "dcgan_mnist", "someone/my_digits")
    code = """
    gan = kerasgan.from_preset("my_digits", networks="sampler")
    assert gan.origin["name"] == "someone/my_digits"
    try:
        kerasgan.from_preset("dcgan_mnis")
    except kerasgan.errors.PresetNotFoundError as error:
        print(error)
    """
    message = run(server, tmp_path, code=code, KERASGAN_HUB_ORG="someone")
    assert "Did you mean 'dcgan_mnist'" in message


def test_damaged_folder_is_not_uploaded(server, tmp_path):
    code = """
    checks.tiny("dcgan").save_to_preset("broken")
    path = Path("broken/generator.weights.h5")
    path.write_bytes(path.read_bytes()[:-1])
    """
    run(server, tmp_path, code=code)
    server.log.clear()
    message = run(server, tmp_path, "push", "broken", "someone/broken", fails=True)
    assert "bytes long" in message and server.log == []


def test_best_preset_is_uploaded_during_training(server, tmp_path):
    code = """
    gan = checks.tiny("dcgan")
    gan.compile()
    keep = callbacks.KeepBest("best", "g_loss")
    push = callbacks.PushToHub("someone/best", "best")
    options = {"batch_size": 4, "verbose": 0, "callbacks": [keep, push]}
    gan.fit(checks.pictures(8), epochs=3, **options)
    print(push.page)
    """
    page = run(server, tmp_path, code=code)
    files = server.repositories["someone/best"].find("main").files
    assert page.startswith(f"{server.url}/someone/best/commit/")
    local = (tmp_path / "best/generator.weights.h5").read_bytes()
    assert files["generator.weights.h5"] == local


def test_failed_upload_does_not_stop_the_training(server, tmp_path):
    code = """
    gan = checks.tiny("dcgan")
    gan.compile()
    keep = callbacks.KeepBest("best", "g_loss")
    push = callbacks.PushToHub("stranger/best", "best")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gan.fit(checks.pictures(8), batch_size=4, verbose=0, callbacks=[keep, push])
    print(*[w.message for w in caught])
    """
    assert "stranger/best was not uploaded" in run(server, tmp_path, code=code)


def test_publish_uploads_each_preset_once_despite_failures(tmp_path):
    names = {path.parent.name for path in (ROOT / "zoo").glob("*/config.json")}
    command = ["-m", "kerasgan.cli", "publish", "--org", "someone"]
    user = {"HF_TOKEN": "hf_owner", "KERAS_BACKEND": "tensorflow", "timeout": 300}
    with Hub() as server:
        home = tmp_path / "home"
        refused = "/api/models/someone/dcgan_mnist/commit"
        server.faults = lambda number, what: "403" if refused in what else None
        done = hub_process.run(server, home, *command, fails=True, **user)
        assert done.returncode == 1 and "1 preset was not uploaded" in done.stderr
        assert "dcgan_mnist" in done.stdout and "does not allow this" in done.stdout
        server.faults = lambda number, what: None
        table = hub_process.run(server, home, *command, **user).stdout
        assert all(f"/someone/{name}/commit/" in table for name in names)
        assert {len(r.commits) for r in server.repositories.values()} == {2}
        assert {n.split("/")[1] for n in server.repositories} == names


def test_only_complete_presets_are_downloaded(server, tmp_path):
    files = {p.name: p.read_bytes() for p in (ROOT / "zoo/dcgan_mnist").iterdir()}
    server.create("someone/cached").add(files, "whole")
    files["config.json"] = b'{"evil": 1}'
    server.create("someone/empty").add(files, "evil")
    code = """
    gan = kerasgan.from_preset(kerasgan.download_preset("someone/cached"))
    assert gan.generate(2, seed=0).shape == (2, 28, 28, 1)
    for wrong in (
        lambda: kerasgan.download_preset("someone/empty"),
        lambda: callbacks.PushToHub("my-gan", "best"),
    ):
        try:
            wrong()
        except kerasgan.errors.PresetError as error:
            print(error)
    """
    config, name = run(server, tmp_path, code=code).splitlines()[-2:]
    assert "config.json must have exactly the fields format, name" in config
    assert "'my-gan'" in name


@pytest.mark.parametrize("name", ["../evil.weights.h5", "/tmp/evil.json", "a/b.json"])
def test_untrusted_preset_writes_nowhere_else(server, tmp_path, name):
    files = {p.name: p.read_bytes() for p in (ROOT / "zoo/dcgan_mnist").iterdir()}
    metadata = json.loads(files["metadata.json"])
    metadata["files"][name] = metadata["files"].pop("generator.weights.h5")
    files["metadata.json"] = json.dumps(metadata).encode()
    files[name] = files["generator.weights.h5"]
    server.create("someone/evil").add(files, "evil")
    message = run(
        server, tmp_path, "pull", "someone/evil", "--out", "in/mine", fails=True
    )
    assert "metadata.json" in message and "Traceback" not in message
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
    assert not [path for path in tmp_path.rglob("*") if "evil." in path.name]
    assert not any("evil." in what for what in server.log)


def test_full_disk_leaves_no_folder_and_a_retry_works(server, tmp_path):
    run(server, tmp_path, "push", "dcgan_mnist", "someone/whole")
    code = """
    import errno
    from kerasgan.presets import share

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    share.download_preset("someone/whole")
    fsync, os.fsync = os.fsync, full
    try:
        share.download_preset("someone/whole", "mine")
    except kerasgan.errors.HubError as error:
        print(error)
    left = [path.name for path in Path().iterdir()]
    os.fsync = fsync
    share.download_preset("someone/whole", "mine")
    kerasgan.from_preset("mine", networks="sampler")
    print(*left)
    """
    message, left = run(server, tmp_path, code=code).splitlines()[-2:]
    assert f"{tmp_path}/mine: no space left on its disk" in message
    assert left.split() == ["home"]


def test_metrics_reach_the_hubs_page(server, tmp_path):
    from huggingface_hub import ModelCard

    run(server, tmp_path, "push", "dcgan_mnist", "someone/measured")
    text = server.repositories["someone/measured"].find("main").files["README.md"]
    found = ModelCard(text.decode()).data
    results = json.loads((ROOT / "zoo/dcgan_mnist/results.json").read_text())
    results = upgrade.upgrade_results(results)
    values = {r.metric_type: r.metric_value for r in found.eval_results}
    assert values.keys() == results["quality"].keys()
    for name, result in results["quality"].items():
        assert values[name] == pytest.approx(result["value"], rel=1e-5)
    assert (found.library_name, found.license) == ("kerasgan", "apache-2.0")
    assert found.pipeline_tag == "unconditional-image-generation"
    assert "kerasgan" in found.tags and found.datasets == ["mnist"]


def test_login_stores_known_tokens_only(server, tmp_path):
    message = run(
        server, tmp_path, "login", "--token", "hf_wrong", HF_TOKEN="", fails=True
    )
    assert "does not know this access token" in message
    message = run(server, tmp_path, "login", "--token", "hf_owner", HF_TOKEN="")
    assert said.splitlines()[-1] == "Logged in as someone."
    stored = (tmp_path / "home/token").read_text()
    assert stored == "hf_owner"
