"""The tables and cards that benchmarks/report.py generates."""

import json
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import report  # noqa: E402
import studies  # noqa: E402
import tables  # noqa: E402

pytestmark = pytest.mark.backend_free

RATIOS = {"ratio": 1.308, "lowest": 1.2, "highest": 1.4, "images_per_second": 10.0}
PROTOCOL = {"features": "features_mnist"}


def result(name, value, real_score=None):
    """A result, as in results.json."""
    fields = {"name": name, "value": value, "real_score": real_score}
    return fields | {"protocol": PROTOCOL}


RESULTS = {
    "format": 2,
    "training": {
        "updates": 10,
        "progress": [
            {"images": 60_000, "fid_features_mnist": 9.0},
            {"images": 600_000, "fid_features_mnist": 3.0},
            {"images": 900_000, "fid_features_mnist": 2.5},
        ],
    },
    "quality": {
        "fid_features_mnist": result("fid_features_mnist", 2.5, 0.5),
        "recall_features_mnist": result("recall_features_mnist", 0.61, 0.9),
        "class_share_error_features_mnist": result("class_share_error", 0.125),
    },
    "throughput": {
        "tensorflow, cpu, float32": {
            "hardware": {"backend": "tensorflow", "device": "cpu", "cores": 2},
            "precision": "float32",
            "measurements": [
                {
                    "what": "training",
                    "batch_size": 32,
                    "images_per_second": 13.0,
                    "against": {"PyTorch, float32": RATIOS},
                },
                {
                    "what": "sampling",
                    "batch_size": 1,
                    "images_per_second": 13.0,
                    "against": {"PyTorch, float32": RATIOS | {"ratio": 3.0}},
                },
            ],
            "sampling_start": {
                "what": "start of kerasgan generate",
                "against": "import keras",
                "ratio": 1.5,
            },
        },
        "jax, Some GPU, float32": {
            "hardware": {"backend": "jax", "device": "Some GPU", "cores": 8},
            "precision": "float32",
            "peak_memory_mb": 345,
            "measurements": [
                {
                    "what": "sampling",
                    "batch_size": 64,
                    "images_per_second": 12345.6,
                    "share_of_peak": 0.012,
                    "against": {},
                }
            ],
        },
    },
}
METADATA = {
    "format": 2,
    "kind": "gan",
    "model": "dcgan",
    "class": "DCGAN",
    "paper": "A paper",
    "image_shape": [28, 28, 1],
    "latent_dim": 4,
    "condition": None,
    "num_classes": None,
    "parameters": {"generator": 400_000, "discriminator": 350_000},
    "data": {"source": "mnist", "split": "train"},
    "updates": 10,
    "date": "2025-01-01",
    "versions": {"kerasgan": "0.1.0", "keras": "3.15.1", "backend": "tensorflow"},
    "files": {"generator.weights.h5": {"size": 1_640_000, "sha256": ""}},
}
RECIPE = {
    "format": 2,
    "model": {"name": "dcgan", "arguments": {"image_shape": [28, 28, 1]}},
    "data": {"source": "mnist"},
    "phases": [
        {"updates": 20_000, "batch_size": 64},
        {"updates": 10_000, "batch_size": 32},
    ],
}


@pytest.fixture
def root(tmp_path):
    preset = tmp_path / "zoo" / "dcgan_mnist"
    preset.mkdir(parents=True)
    (tmp_path / "benchmarks").mkdir()
    shutil.copytree(report.ROOT / "tests/fixtures", tmp_path / "tests/fixtures")
    marked = "<!-- {0}: begin -->\nold\n<!-- {0}: end -->\nAfter\n"
    for name, makers in report.TABLES.items():
        text = "Before\n" + "".join(map(marked.format, makers))
        (tmp_path / name).write_text(text)
    for name, content in {"metadata": METADATA, "recipe": RECIPE}.items():
        (preset / f"{name}.json").write_text(json.dumps(content))
    return tmp_path


def add_results(root):
    (root / "zoo/dcgan_mnist/results.json").write_text(json.dumps(RESULTS))


def test_recorded_loading_time_is_close_to_keras():
    path = report.ROOT / "benchmarks/results/loading.json"
    record = json.loads(path.read_text())
    assert {"dcgan_mnist"} <= record.keys()
    assert all(entry["more"] <= 30 for entry in record.values())  # milliseconds


def test_tables_and_cards_of_this_repository_are_current():
    stale = [str(path) for path in report.stale()]
    assert stale == [], "run python benchmarks/report.py"


def test_zoo_table_has_a_picture_and_a_distance(root):
    row = (
        '| <img src="zoo/dcgan_mnist/samples.png" width="96"> '
        "| [dcgan_mnist](zoo/dcgan_mnist/README.md) | DCGAN | 28x28x1 | mnist | 0.75 M "
        "| 1.60 M | 1.6 MB |"
    )
    assert tables.zoo_table(root).splitlines()[-1] == f"{row} - |"
    add_results(root)
    assert tables.zoo_table(root).splitlines()[-1] == f"{row} 2.50 (0.500) |"


def test_speed_table_gives_images_per_second_of_gpus_only(root):
    add_results(root)
    setup, peer = (
        "| dcgan_mnist | tensorflow, 2 CPU cores, float32 ",
        "PyTorch, float32",
    )
    assert tables.speed_table(root).splitlines()[2:] == [
        "| dcgan_mnist | jax, Some GPU, float32 | sampling | 64 | - | - | - | 12,346 "
        "| 1.2% | 345 MB |",
        f"{setup}| training | 32 | {peer} | 1.31x | 1.20 to 1.40 | - | - | - |",
        f"{setup}| sampling | 1 | {peer} | 3.00x | 1.20 to 1.40 | - | - | - |",
        f"{setup}| start of kerasgan generate | - | import keras | 1.50x "
        "| - | - | - | - |",
    ]


def test_speed_table_shows_the_share_of_peak_without_peer():
    training = {"what": "training", "batch_size": 32, "images_per_second": 13.0}
    rows = [training | {"share_of_peak": 0.123, "against": {}}]
    rows.append({**training, "what": "sampling", "against": {}})  # nothing to show
    hardware = {"backend": "tensorflow", "device": "cpu", "cores": 2}
    entry = {"hardware": hardware, "precision": "bfloat16", "measurements": rows}
    setup = "tensorflow, 2 CPU cores, bfloat16"
    expected = (setup, "training", 32, "-", "-", "-", "-", "12.3%", "-")
    assert list(tables.speed_rows(entry)) == [expected]


def add_translator(root):
    folder = root / "zoo/pix2pix_mine"
    folder.mkdir()
    metadata = METADATA | {"model": "pix2pix", "class": "Pix2Pix", "task": "upscale"}
    metadata |= {"image_shape": [64, 64, 3], "source_shape": [16, 16, 3]}
    baselines = {"details": {"baselines": {"bicubic": 2.25, "warmup": 1.5}}}
    protocol = {"protocol": {"features": "features_cifar10"}}
    names = "fid_features_cifar10", "patch_fid_features_cifar10"
    quality = {n: result(n, 1.25, 0.5) | baselines | protocol for n in names}
    quality["fid_features_cifar10"]["value"] = 7.5
    results = {"format": 2, "quality": quality}
    files = {"metadata": metadata, "recipe": RECIPE, "results": results}
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def test_a_model_of_pairs_shows_its_patches_in_the_zoo(root):
    add_translator(root)
    row = tables.zoo_table(root).splitlines()[-1]
    assert "| Pix2Pix | 16x16x3 to 64x64x3 | mnist |" in row
    assert row.endswith("| 1.25 (0.500), patches |")


def test_pairs_table_has_a_line_per_metric_with_baselines(root):
    add_results(root)
    add_translator(root)
    assert tables.pairs_table(root).splitlines()[3:] == [
        "| pix2pix_mine | upscale | patch_fid_features_cifar10 | 1.25 | 0.500 "
        "| bicubic 2.25, warmup 1.50 | 1.60 M | 0.75 M |"
    ]
    assert "pix2pix" not in tables.quality_table(root)


def test_quality_table_has_a_line_per_feature_network(root):
    add_results(root)
    assert tables.quality_table(root).splitlines()[2:] == [
        "| dcgan_mnist | features_mnist | 2.50 | 0.500 | - | - | 0.610 | - | 12% "
        "| - | 1.60 M | - | 0.75 M |"
    ]


@pytest.mark.parametrize(
    ("name", "protocol"),
    [("class_accuracy_features_mnist", PROTOCOL), ("best_match_accuracy", {})],
)
def test_quality_table_shows_the_class_accuracy(root, name, protocol):
    accuracy = result(name, 0.957) | {"protocol": protocol}
    quality = RESULTS["quality"] | {name: accuracy}
    results = json.dumps(RESULTS | {"quality": quality})
    (root / "zoo/dcgan_mnist/results.json").write_text(results)
    (line,) = tables.quality_table(root).splitlines()[2:]
    assert "| 12% | 95.7% | 1.60 M |" in line


def test_peers_are_compared_after_as_many_images(root):
    add_results(root)
    results = root / "benchmarks/results"
    results.mkdir()
    row = {"peer": "dcgan", "epoch": 10, "images": 599_680}
    row["quality"] = {"fid_features_mnist": result("fid_features_mnist", 5.5, 0.5)}
    rows = [row | {"epoch": 9, "images": 1, "quality": {}}, row]
    document = {"data": "mnist", "rows": rows}
    (results / "peers.json").write_text(json.dumps(document))
    assert studies.peers_table(root).splitlines()[2:] == [
        "| dcgan | 0.60 M | 5.50 | 3.00 | 2.50 | 0.500 | 0.50 |"
    ]


def test_features_table_shows_the_accuracy(root):
    folder = root / "zoo/features_mnist"
    folder.mkdir()
    metadata = METADATA | {"kind": "features", "parameters": {"classifier": 290_000}}
    metadata["files"] = {"classifier.weights.h5": {"size": 1_200_000}}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    protocol = {"images": "mnist test", "count": 10_000}
    accuracy = {"value": 0.9958, "real_score": None, "protocol": protocol}
    (folder / "results.json").write_text(
        json.dumps({"quality": {"accuracy": accuracy}})
    )
    assert tables.features_table(root).splitlines()[2:] == [
        "| [features_mnist](zoo/features_mnist/README.md) | 28x28x1 | mnist | 99.58% "
        "| 10,000 of mnist test | 0.29 M | 1.2 MB |"
    ]
    assert "features_mnist" not in tables.zoo_table(root)


def test_perturbations_of_networks_share_lines(root):
    results = root / "benchmarks/results"
    results.mkdir()

    def entry(name, scale):
        values = {"fid": scale, "precision": 0.5, "recall": 0.25}
        quality = {f"{k}_{name}": result(k, v) for k, v in values.items()}
        return {"rows": [{"perturbation": "none", "quality": quality}]}

    document = {name: entry(name, i) for i, name in enumerate(("a", "b"), start=1)}
    (results / "perturbations.json").write_text(json.dumps(document))
    assert studies.perturbations_table(root).splitlines()[-1] == (
        "| none | 1.00 | 0.500 | 0.250 | 2.00 | 0.500 | 0.250 |"
    )


def test_search_table_has_a_line_per_try(root):
    results = root / "benchmarks/results"
    results.mkdir()
    recipe = {"evaluation": {"features": "a"}}
    row = {"recipe": recipe, "images": 179_904, "fid_a": 1.506}
    (results / "search.json").write_text(json.dumps({"dcgan_mnist": {"noise": row}}))
    assert studies.search_table(root).splitlines()[-1] == (
        "| dcgan_mnist | noise | 0.18 M | 1.51 |"
    )


def test_modes_table_has_a_line_per_count(root):
    folder = root / "benchmarks" / "results"
    folder.mkdir()
    row = {"modes": 987, "kl": 0.1234, "diversity": 70.5}
    document = {
        "real images": {"rows": [{"updates": 0} | row]},
        "dcgan": {"rows": [row | {"images": 60_000}, row | {"images": 120_000}]},
    }
    (folder / "stacked_mnist.json").write_text(json.dumps(document))
    lines = studies.modes_table(root).splitlines()
    assert len(lines) == 2 + 3
    assert lines[2] == "| real images | - | 987 | 0.123 | 70.5 |"
    assert lines[4] == "| dcgan | 0.12 M | 987 | 0.123 | 70.5 |"


def test_waiting_recipes_are_listed_with_their_data(root):
    folder = root / "benchmarks" / "recipes"
    folder.mkdir()
    data = {"source": "emoji/train", "title": "Noto emoji"}
    (folder / "dcgan_emoji.json").write_text(json.dumps(RECIPE | {"data": data}))
    assert tables.waiting_table(root).splitlines()[2:] == [
        "| dcgan_emoji | dcgan | 28x28x1 | Noto emoji | 1.60 M |"
    ]


def test_class_share_error_needs_the_datasets_own_classes(root):
    path = root / "zoo" / "dcgan_mnist" / "metadata.json"
    add_results(root)
    assert "12%" in tables.quality_table(root)
    path.write_text(json.dumps(METADATA | {"data": {"source": "emoji/train"}}))
    assert "%" not in tables.quality_table(root)


def test_augmentation_table_separates_features(root):
    folder = root / "benchmarks" / "results"
    folder.mkdir()

    def measured(name, value, features):
        protocol = {"features": features}
        return {name: {"value": value, "real_score": 0.5, "protocol": protocol}}

    quality = measured("fid_features_a", 2.0, "features_a")
    quality |= measured("recall_features_a", 0.75, "features_a")
    quality |= measured("fid", 99.0, "inception")
    arguments = {"augmentation": None}
    entry = {
        "recipe": {"model": {"arguments": arguments}},
        "progress": [{"images": 20_000}, {"images": 40_000}],
        "kept": {"images": 20_000},
        "quality": quality,
    }
    (folder / "augmentation.json").write_text(json.dumps({"none": entry}))
    assert studies.augmentation_table(root).splitlines()[2:] == [
        "| none | features_a | 0.04 M | 0.02 M | 2.00 | 0.500 | - | - | 0.750 | - |",
        "| none | inception | 0.04 M | 0.02 M | 99.0 | 0.500 | - | - | - | - |",
    ]


def test_check_fails_until_the_report_is_written(root, capsys):
    assert report.main(["--check"], root) == 1
    assert "README.md is stale" in capsys.readouterr().out
    assert report.main([], root) == 0
    assert report.main(["--check"], root) == 0
    text = (root / "README.md").read_text()
    assert text.startswith("Before\n<!-- zoo table: begin -->\n|  | preset |")
    assert "|\n<!-- zoo table: end -->\nAfter\n" in text


def test_new_results_make_the_tables_stale(root):
    report.main([], root)
    add_results(root)
    assert {root / "README.md", root / "benchmarks/README.md"} <= set(
        report.stale(root)
    )


def test_edited_card_is_not_stale(root):
    report.main([], root)
    card = root / "zoo/dcgan_mnist/README.md"
    card.write_text(card.read_text().replace("# dcgan_mnist", "# My digits"))
    assert report.main(["--check"], root) == 0


@pytest.mark.parametrize(
    "text", ["", "<!-- zoo table: end --><!-- zoo table: begin -->"]
)
def test_document_without_markers_is_refused(root, text):
    (root / "README.md").write_text(text)
    with pytest.raises(ValueError, match="must hold the lines"):
        report.main(["--check"], root)
