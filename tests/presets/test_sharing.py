"""Presets are pushed, listed, pulled, fine-tuned and pushed again, as users do."""

import json
import shutil
import struct
import textwrap
import zlib

import numpy as np
import pytest

from kerasgan import errors, hub, images
from kerasgan.presets import catalog, share, upgrade
from tests.support import hub_process
from tests.support.hub_process import ROOT
from tests.support.hub_server import Hub

pytestmark = pytest.mark.backend_free

PRESET = ROOT / "zoo/dcgan_mnist"
PRELUDE = """
import errno, json, os, sys, warnings
from pathlib import Path
import numpy as np
import kerasgan
from kerasgan import callbacks, cli
from kerasgan.presets import catalog, documents, share
from tests.support import checks
"""


@pytest.fixture(scope="module")
def server():
    with Hub() as hub:
        yield hub


def run(server, tmp_path, *command, code=None, fails=False, **variables):
    """Runs a command of kerasgan, or Python code, in a new process."""
    called = ["-m", "kerasgan", *command]
    if code is not None:
        called = ["-c", PRELUDE + textwrap.dedent(code)]
    user = {"HF_TOKEN": "hf_owner", "KERAS_BACKEND": "tensorflow", **variables}
    options = {"fails": fails, "timeout": 300, "cwd": tmp_path}
    done = hub_process.run(server, tmp_path / "home", *called, **options, **user)
    return (done.stderr if fails else done.stdout).strip()


def files_of(folder=PRESET):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def on_hub(server, name):
    """The files of a repository's main branch."""
    return server.repositories[name].find("main").files


def test_push_list_pull_fine_tune_and_push_again(server, tmp_path):
    page = run(server, tmp_path, "push", "dcgan_mnist", "someone/digits")
    assert page.startswith(f"{server.url}/someone/digits/commit/")
    code = """
    print(kerasgan.upload_preset("someone/digits", "dcgan_mnist"))
    assert "hf://someone/digits" in kerasgan.list_presets(hub=True)
    mine = kerasgan.from_preset("dcgan_mnist", networks="sampler").generate(4, seed=0)
    gan = kerasgan.from_preset("hf://someone/digits")
    np.testing.assert_array_equal(gan.generate(4, seed=0), mine)
    gan.compile()
    gan.fit(np.zeros((8, 28, 28, 1), "uint8"), batch_size=4, verbose=0)
    gan.push_to_hub("someone/darker", license="mit")
    darker = kerasgan.from_preset("hf://someone/darker")
    np.testing.assert_array_equal(darker.generate(4, seed=0), gan.generate(4, seed=0))
    """
    assert run(server, tmp_path, code=code) == page  # the same files: no new commit
    files = on_hub(server, "someone/darker")
    metadata = json.loads(files["metadata.json"])
    assert metadata["fine_tuned_from"]["name"] == "someone/digits"
    assert metadata["license"] == "mit"
    card = files["README.md"].decode()
    assert 'base_model: "someone/digits"' in card
    assert 'from_preset("hf://someone/darker")' in card


def picture_of(width, height):
    """A PNG file that says so, without a single pixel."""
    header = struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    data = b""
    for kind, body in (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ):
        crc = struct.pack(">I", zlib.crc32(kind + body))
        data += struct.pack(">I", len(body)) + kind + body + crc
    return b"\x89PNG\r\n\x1a\n" + data


# Each runs in a folder of its own, all in one process: importing Keras takes seconds.
DOWNLOADS = {
    "pulled": """
    kerasgan.upload_preset("someone/other", "dcgan_mnist")
    kerasgan.download_preset("hf://someone/other", "mine")
    kerasgan.from_preset("mine", networks="sampler").generate(4)
    try:
        kerasgan.download_preset("someone/other", "mine")
    except FileExistsError as error:
        print(error)
    """,
    "named": """
    os.environ["KERASGAN_HUB_ORG"] = "someone"
    gan = kerasgan.from_preset("my_digits", networks="sampler")
    print(gan.origin["name"])
    try:
        kerasgan.from_preset("dcgan_mnis")
    except kerasgan.errors.PresetNotFoundError as error:
        print(error)
    del os.environ["KERASGAN_HUB_ORG"]
    """,
    "cached": """
    gan = kerasgan.from_preset(kerasgan.download_preset("someone/my_digits"))
    print(gan.generate(2, seed=0).shape)
    """,
    "incomplete": """
    try:
        kerasgan.download_preset("someone/empty")
    except kerasgan.errors.PresetError as error:
        print(error)
    """,
    "untrusted": """
    for index in range(3):
        try:
            kerasgan.download_preset(f"someone/evil{index}", "in/mine")
        except kerasgan.errors.PresetError as error:
            print(error)
    """,
    "full": """
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    fsync, os.fsync = os.fsync, full
    try:
        share.download_preset("someone/my_digits", "mine")
    except kerasgan.errors.DiskFullError as error:
        print(error)
    finally:
        os.fsync = fsync
    print(os.listdir())
    share.download_preset("someone/my_digits", "mine")
    kerasgan.from_preset("mine", networks="sampler")
    """,
    "again": """
    first = checks.tiny("r3gan")
    first.save_to_preset("first", license="mit")
    metadata = json.loads(Path("first/metadata.json").read_text())
    metadata |= {"date": "2020-02-02", "versions": {"backend": "torch"}}
    Path("first/metadata.json").write_bytes(documents.to_json(metadata))
    result = {"value": 1.5, "real_score": None, "protocol": {}}
    results = {"format": 2, "quality": {"fid": result}}
    Path("first/results.json").write_bytes(documents.to_json(results))
    page = kerasgan.upload_preset("someone/again", "first")
    checks.tiny("dcgan")  # which changes the names of layers that come later
    gan = kerasgan.from_preset("hf://someone/again")
    print(gan.push_to_hub("someone/again") == page)
    gan.save_to_preset("second")
    names = [p.name for p in Path("first").glob("*.h5")] + ["metadata.json"]
    files = [[Path(f, n).read_bytes() for n in names] for f in ("first", "second")]
    print(files[0] == files[1])
    gan.push_to_hub("someone/again", license="apache-2.0")
    kerasgan.from_preset("hf://someone/again").save_to_preset("first", overwrite=True)
    print(Path("first/results.json").is_file())
    """,
    "wrong name": """
    try:
        callbacks.PushToHub("my-gan", "best")
    except kerasgan.errors.PresetError as error:
        print(error)
    """,
}
EVIL = ["../evil.weights.h5", "/tmp/evil.json", "a/b.json"]


@pytest.fixture(scope="module")
def downloads(server, tmp_path_factory):
    """The lines that each of `DOWNLOADS` printed, and the folder of all of them."""
    files = files_of()
    server.create("someone/my_digits").add(files, "whole")
    server.create("someone/empty").add(files | {"config.json": b'{"evil": 1}'}, "evil")
    for index, name in enumerate(EVIL):
        metadata = json.loads(files["metadata.json"])
        metadata["files"][name] = metadata["files"].pop("generator.weights.h5")
        spoiled = files | {name: files["generator.weights.h5"]}
        spoiled["metadata.json"] = json.dumps(metadata).encode()
        server.create(f"someone/evil{index}").add(spoiled, "evil")
    folder = tmp_path_factory.mktemp("downloads")
    code = {name: textwrap.dedent(code) for name, code in DOWNLOADS.items()}
    script = f"""
    import contextlib, io
    printed = {{}}
    for name, code in {code!r}.items():
        os.mkdir(name)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.chdir(name):
            exec(code, dict(globals()))
        printed[name] = out.getvalue().splitlines()
    print(json.dumps(printed))
    """
    return json.loads(run(server, folder, code=script).splitlines()[-1]), folder


def test_pulled_folder_equals_the_pushed_preset(downloads):
    printed, folder = downloads
    assert "mine exists" in printed["pulled"][-1]
    pulled = files_of(folder / "pulled/mine")
    assert pulled.keys() == files_of().keys()
    different = {n for n, data in files_of().items() if pulled[n] != data}
    assert different <= {"README.md"}


def test_names_are_looked_up_in_the_users_account(downloads):
    name, message = downloads[0]["named"]
    assert name == "someone/my_digits" and "Did you mean 'dcgan_mnist'" in message


def test_folder_of_the_cache_loads(downloads):
    assert downloads[0]["cached"] == ["(2, 28, 28, 1)"]


def test_incomplete_preset_is_not_downloaded(downloads):
    (message,) = downloads[0]["incomplete"]
    assert "config.json must have exactly the fields format, name" in message


def test_callback_refuses_a_wrong_repository_name(downloads):
    (message,) = downloads[0]["wrong name"]
    assert "'my-gan'" in message


def test_untrusted_preset_writes_nowhere_else(server, downloads):
    printed, folder = downloads
    assert len(printed["untrusted"]) == len(EVIL)
    assert all("metadata.json" in message for message in printed["untrusted"])
    assert not list((folder / "untrusted").iterdir())
    assert not [path for path in folder.rglob("*") if "evil." in path.name]
    assert not any("evil." in what for what in server.log)


def test_full_disk_leaves_no_folder_and_a_retry_works(downloads):
    printed, folder = downloads
    message, left = printed["full"]
    assert f"No space left on the disk of {folder}/full/mine. " in message
    assert left == "[]" and (folder / "full/mine/config.json").is_file()


def test_pushing_what_was_pulled_makes_no_commit(server, downloads):
    assert downloads[0]["again"] == ["True", "True", "True"]
    commits = list(server.repositories["someone/again"].commits.values())
    assert len(commits) == 3  # the empty one, the first and the license's
    before, after = commits[1].files, commits[2].files
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed == {"metadata.json", "README.md"} and before.keys() == after.keys()
    assert b"| fid | 1.5 |" in after["README.md"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"GIF89a", "must be a PNG picture"),
        (images.encode_png(np.eye(64, dtype="uint8")[..., None])[:70], "must be a PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "must be a PNG picture"),
        (picture_of(2**14, 2**13), "16384x8192 pixels"),
        (picture_of(2**31 - 1, 2**31 - 1), "must be a PNG picture"),
    ],
    ids=["gif", "cut", "zeros", "large", "bomb"],
)
def test_samples_that_are_no_picture_are_not_pushed(data, message, tmp_path):
    folder = shutil.copytree(PRESET, tmp_path / "mine")
    (folder / "samples.png").write_bytes(data)
    with pytest.raises(errors.PresetIntegrityError, match=message) as caught:
        share.contents_of(catalog.files_of(folder), hub.address("someone/mine"))
    assert f"{folder}/samples.png" in str(caught.value)


def test_results_that_are_not_numbers_are_not_pushed(tmp_path):
    folder = shutil.copytree(PRESET, tmp_path / "mine")
    results = json.loads((folder / "results.json").read_text())
    results["quality"]["fid_features_mnist"]["value"] = "best"
    (folder / "results.json").write_text(json.dumps(results))
    with pytest.raises(errors.PresetConfigError, match="results.json: quality.*number"):
        share.contents_of(catalog.files_of(folder), hub.address("someone/mine"))


def test_generate_downloads_the_generator_only(server, tmp_path):
    server.create("someone/sampled").add(files_of(), "whole")
    server.log.clear()
    command = "generate hf://someone/sampled -n 4 --out a.png"
    run(server, tmp_path, *command.split())
    assert (tmp_path / "a.png").is_file()
    fetched = [what for what in server.log if "/resolve/" in what]
    assert any("generator.weights.h5" in what for what in fetched)
    assert not any("discriminator" in what or "samples" in what for what in fetched)


def test_damaged_folder_is_not_uploaded(tmp_path, monkeypatch):
    path = shutil.copytree(PRESET, tmp_path / "broken") / "generator.weights.h5"
    path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(hub, "push", None)  # would fail if it were called
    with pytest.raises(errors.PresetIntegrityError, match="bytes long"):
        share.upload_preset("someone/broken", path.parent)


@pytest.fixture(scope="module")
def uploads(server, tmp_path_factory):
    """What a process did that trained with an upload that works, then one that fails.

    Returns its folder, the page of the first, and the warnings of the second.
    """
    folder = tmp_path_factory.mktemp("training")
    code = """
    gan = checks.tiny("dcgan")
    gan.compile()
    options = {"batch_size": 4, "verbose": 0}
    keep = callbacks.KeepBest("best", "g_loss")
    push = callbacks.PushToHub("someone/best", "best")
    gan.fit(checks.pictures(8), epochs=3, callbacks=[keep, push], **options)
    print(push.page)
    push = callbacks.PushToHub("stranger/best", "best")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gan.fit(checks.pictures(8), callbacks=[push], **options)
    print(*[w.message for w in caught])
    """
    page, warned = run(server, folder, code=code).splitlines()[-2:]
    return folder, page, warned


@pytest.mark.matrix
def test_best_preset_is_uploaded_during_training(server, uploads):
    folder, page, _ = uploads
    assert page.startswith(f"{server.url}/someone/best/commit/")
    local = (folder / "best/generator.weights.h5").read_bytes()
    assert on_hub(server, "someone/best")["generator.weights.h5"] == local


def test_failed_upload_does_not_stop_the_training(uploads):
    _, _, warned = uploads
    assert "stranger/best was not uploaded" in warned


@pytest.mark.matrix
def test_publish_uploads_each_preset_once_despite_failures(tmp_path):
    names = {"dcgan_mnist", "features_mnist"}
    for name in names:
        shutil.copytree(ROOT / "zoo" / name, tmp_path / "zoo" / name)
    code = """
    catalog.zoo_folder = lambda: Path("zoo")
    sys.argv = ["kerasgan", "publish", "--org", "someone"]
    for _ in range(2):
        try:
            cli.run()
        except SystemExit as ended:
            print("exit code", ended.code or 0, file=sys.stderr)
    """
    refused = []

    def refuse_once(number, what):
        if "/api/models/someone/dcgan_mnist/commit" in what and not refused:
            refused.append(what)
            return "403"

    user = {"HF_TOKEN": "hf_owner", "KERAS_BACKEND": "tensorflow", "cwd": tmp_path}
    with Hub() as server:
        server.faults = refuse_once
        called = ["-c", PRELUDE + textwrap.dedent(code)]
        done = hub_process.run(server, tmp_path / "home", *called, **user)
        assert "dcgan_mnist" in done.stdout and "does not allow this" in done.stdout
        lines = done.stderr.splitlines()
        errors_and_codes = [x for x in lines if x.startswith(("Error", "exit"))]
        assert errors_and_codes == [
            "Error: 1 preset was not uploaded. Publish again.",
            "exit code 1",
            "exit code 0",
        ]
        assert all(f"/someone/{name}/commit/" in done.stdout for name in names)
        assert {len(r.commits) for r in server.repositories.values()} == {2}
        assert {n.split("/")[1] for n in server.repositories} == names


def test_metrics_reach_the_hubs_page():
    from huggingface_hub import ModelCard

    address = hub.address("someone/measured")
    text = share.contents_of(catalog.files_of("dcgan_mnist"), address)["README.md"]
    data = ModelCard(text.decode()).data
    results = json.loads((PRESET / "results.json").read_text())
    quality = upgrade.upgrade_results(results)["quality"]
    values = {r.metric_type: r.metric_value for r in data.eval_results}
    assert values.keys() == quality.keys()
    for name, result in quality.items():
        assert values[name] == pytest.approx(result["value"], rel=1e-5)
    assert (data.library_name, data.license) == ("kerasgan", "apache-2.0")
    assert data.pipeline_tag == "unconditional-image-generation"
    assert "kerasgan" in data.tags and data.datasets == ["mnist"]


def test_login_stores_known_tokens_only(server, tmp_path):
    wrong = "login", "--token", "hf_wrong"
    message = run(server, tmp_path, *wrong, HF_TOKEN="", fails=True)
    assert "does not know this access token" in message
    message = run(server, tmp_path, "login", "--token", "hf_owner", HF_TOKEN="")
    assert message.splitlines()[-1] == "Logged in as someone."
    assert (tmp_path / "home/token").read_text() == "hf_owner"
