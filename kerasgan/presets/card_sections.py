"""The sections of a preset's model card.

Each takes the contents of `metadata.json`, `recipe.json` and `results.json`, format 2.
Recipe and results may be None.
"""

import os
from pathlib import Path

from kerasgan.presets.card_text import escaped, quoted, with_links
from kerasgan.presets.card_use import classifies, translates_images

PIPELINES = {
    "gan": "unconditional-image-generation",
    "features": "image-classification",
}
DATASETS = {
    "mnist": ("MNIST", "CC BY-SA 3.0", "LeCun et al. 1998"),
    "fashion_mnist": ("Fashion-MNIST", "MIT", "Xiao et al. 2017"),
    "cifar10": ("CIFAR-10", "none stated", "Krizhevsky 2009"),
}


def _pipeline(metadata) -> str:
    """The Hub's name of the task."""
    if translates_images(metadata):
        return "image-to-image"
    return PIPELINES[metadata["kind"]]


def _data(recipe):
    """Title, license and origin of the training data, as far as they are known."""
    data = (recipe or {}).get("data", {})
    source = data.get("source")
    known = DATASETS.get(source, (_folder(source), "unknown", None))
    fields = zip(("title", "license", "origin"), known, strict=True)
    return tuple(data.get(name, value) for name, value in fields)


def _folder(source):
    """The name of a source without a title. For "emoji/train" it is "emoji"."""
    path = Path(source or "unknown data")
    return (path.name == "train" and path.parent.name) or path.name


def _images(metadata) -> str:
    """The kind of data, such as "28x28 images with 1 channel"."""
    shape = metadata.get("image_shape")
    if shape is None:
        return f"data of shape {tuple(metadata['data_shape'])}"
    height, width, channels = shape
    return f"{height}x{width} images with {channels} channel{'s'[: channels > 1]}"


# The sections.


def front(name: str, metadata: dict, recipe: dict | None, results: dict | None) -> str:
    """The front matter for the Hub: YAML, which includes JSON's strings and numbers."""
    source = (recipe or {}).get("data", {}).get("source")
    lines = ["library_name: kerasgan"]
    if license := metadata.get("license"):
        lines += [f"license: {quoted(license)}"]
    if metadata.get("image_shape"):
        lines += [f"pipeline_tag: {_pipeline(metadata)}"]
    lines += ["tags:", "- kerasgan", f"- {metadata['kind']}", f"- {metadata['model']}"]
    lines += ["- keras"]
    if source in DATASETS:
        lines += ["datasets:", f"- {source}"]
    base = (metadata.get("fine_tuned_from") or {}).get("name", "")
    if base and "/" not in base and (org := os.environ.get("KERASGAN_HUB_ORG")):
        base = f"{org}/{base}"
    if "/" in base:  # a repository on the Hub
        lines += [f"base_model: {quoted(base)}"]
    lines += _model_index(name, metadata, recipe, (results or {}).get("quality"))
    return "\n".join(["---", *lines, "---"])


def _model_index(name, metadata, recipe, metrics):
    """The measured metrics, for the Hub's page."""
    if not metrics:
        return []
    source = (recipe or {}).get("data", {}).get("source") or "unknown"
    title = _data(recipe)[0]
    lines = ["model-index:", f"- name: {quoted(name)}", "  results:", "  - task:"]
    lines += [f"      type: {_pipeline(metadata)}", "    dataset:"]
    lines += [f"      type: {quoted(_folder(source))}"]
    lines += [f"      name: {quoted(title)}", "    metrics:"]
    for key, result in metrics.items():
        lines += [
            f"    - type: {quoted(key)}",
            f"      value: {result['value']:.6g}",
        ]
    return lines


def about(metadata: dict, recipe: dict | None, pictured: bool = True) -> str:
    """What the model is, with its picture if there is one."""
    if metadata["kind"] == "features":
        return _about_features(metadata, recipe)
    captions = [escaped(text) for text in (metadata.get("caption"),) if text]
    papers = [f"Paper: {with_links(text)}" for text in (metadata["paper"],) if text]
    if translates_images(metadata):
        captions += [_shown(metadata)] * pictured
    picture = ["![samples](samples.png)"] * pictured
    return "\n\n".join(
        [
            f"This {escaped(metadata['class'])} {_task(metadata)}. It was "
            f"{_origin(metadata, recipe)} with kerasgan. {_parameters(metadata)}",
            *_notice(metadata),
            *papers,
            *picture,
            *captions,
            *_classes(metadata),
        ]
    )


def _task(metadata) -> str:
    """What the model does, such as "generates 28x28 images with 1 channel"."""
    made = _images(metadata)
    if metadata.get("task") == "score":
        return f"scores how much {made} differ from those of its training"
    if classifies(metadata):
        return f"classifies {made} into {metadata['num_classes']} classes"
    if not translates_images(metadata):
        return f"generates {made}"
    height, width, _ = metadata["source_shape"]
    tasks = {
        "translate": f"translates images into {made}",
        "upscale": f"upscales {height}x{width} images to {made}",
        "inpaint": f"fills holes in {made}",
    }
    return tasks[metadata.get("task", "translate")]


def _shown(metadata) -> str:
    """The caption of the picture of a model from images to images."""
    kind = "held-out" if (metadata["data"] or {}).get("held_out") else "training"
    if metadata.get("learns_from") == "unpaired":
        return f"Some {kind} images of both sets, each beside its translation."
    return f"Input, output and target of each of some {kind} images."


def _parameters(metadata):
    """Such as "Generator: 12 parameters. Discriminator: 34."."""
    (first, count), *others = metadata["parameters"].items()
    sentences = [f"{_title(first)}: {count:,} parameters."]
    sentences += [f"{_title(name)}: {number:,}." for name, number in others]
    return " ".join(sentences)


def _title(network):
    return network.replace("_", " ").capitalize()


def _notice(metadata):
    """What the maker of the data wants to be read first."""
    notice = (metadata.get("data") or {}).get("notice")
    return [f"**{escaped(notice)}**"] if notice else []


def _classes(metadata):
    """The names of the classes, if there are any."""
    names = metadata.get("class_names") or []
    if names == [str(index) for index in range(len(names))]:
        return []
    listed = ", ".join(f"{index} {escaped(name)}" for index, name in enumerate(names))
    return [f"Classes: {listed}."] if listed else []


def _about_features(metadata, recipe):
    count = metadata.get("features")
    features = f"{count} pooled features" if count else "features"
    return (
        f"This classifier sorts {_images(metadata)} into {metadata['num_classes']} "
        f"classes. It was {_origin(metadata, recipe)} with kerasgan, which compares "
        f"images of that dataset by its {features}. "
        f"{_parameters(metadata)}\n\n"
        "Confusion matrix on held-out images: rows are the true classes, columns are "
        "the predictions.\n\n![confusion matrix](samples.png)"
    )


def _origin(metadata, recipe):
    if source := metadata.get("fine_tuned_from"):
        updates = f"{metadata['updates']:,} updates"
        name = escaped(source["name"])
        return f"fine-tuned from {name} for {updates} on its author's data"
    return f"trained on {_part(recipe)}{escaped(_data(recipe)[0])}{_labeled(recipe)}"


def _part(recipe) -> str:
    """Such as "class 8 of ", if the training had some classes alone."""
    classes = (recipe or {}).get("data", {}).get("classes", ())
    listed = ", ".join(map(escaped, classes))
    return f"class{'es'[: 2 * (len(classes) > 1)]} {listed} of " if classes else ""


def _labeled(recipe) -> str:
    """How many images had a label, if not all."""
    count = (recipe or {}).get("data", {}).get("labeled")
    return f" (with the labels of {count:,} images)" if count else ""


def training(recipe: dict | None, metadata: dict, results: dict | None) -> str:
    """How the model was trained, and how to train it again."""
    if not recipe:
        return ""
    arguments = recipe["model"].get("arguments", {}).items()
    settings = [
        f"{escaped(k)} {escaped(v)}"
        for k, v in arguments
        if k not in ("image_shape", "source_shape") and v is not None
    ]
    lines = [f"- settings: {', '.join(settings)}"] if settings else []
    for index, phase in enumerate(recipe["phases"], start=1):
        lines += _phase(phase, index if len(recipe["phases"]) > 1 else None)
    if dtype := recipe.get("dtype"):
        lines.append(f"- precision: {dtype}")
    if kept := (results or {}).get("training", {}).get("kept"):
        lines.append(
            f"- kept: the best state measured, after {kept['images']:,} images"
        )
    backend, date = metadata["versions"]["backend"], metadata["date"]
    steps = "\n".join(lines)
    given = ""
    if recipe["data"].get("source") not in DATASETS:
        given = ", given images at the recipe's `data` path"
    return (
        f"## Training\n\n{steps}\n\n`kerasgan train <this folder> --out runs/again` "
        f"reproduces it{given}. Seed: {recipe.get('seed', 0)}. Backend: "
        f"{escaped(backend)}. Date: {escaped(date)}."
    )


def _phase(phase, number):
    """Lines about a phase. Its number is None if it is the only one."""
    images = phase["updates"] * phase["batch_size"]
    label = "" if number is None else f"phase {number}: "
    players = phase.get("players")
    who = f" of {', '.join(players)}" if players else ""
    yield (
        f"- {label}{phase['updates']:,} updates{who}, batch size "
        f"{phase['batch_size']} ({images:,} images)"
    )
    optimizers, schedules = phase.get("optimizers", {}), phase.get("schedules", {})
    for player, spec in optimizers.items():
        settings = "".join(f", {k} {v:g}" for k, v in spec.items() if k != "name")
        decay = f", {_decay(schedules[player])}" if player in schedules else ""
        yield f"- {player}: {spec['name']}{settings}{decay}"
    for name, spec in schedules.items():
        if name not in optimizers:
            yield f"- {name}: {_decay(spec)}"


def _decay(spec):
    """Such as "cosine decay to 0.1x after a linear warmup over 3% of the updates"."""
    final = spec.get("final", 0)
    text = f"{spec['name']} decay to {f'{final:.3g}x' if final else 0}"
    if warmup := spec.get("warmup"):
        text += f" after a linear warmup over {warmup:.0%} of the updates"
    if updates := spec.get("updates"):
        text += f" over {updates:,} updates"
    return text


def limits(metadata: dict, recipe: dict | None) -> str:
    """What not to expect, and the licenses."""
    title, license, origin = _data(recipe)
    title, license = escaped(title), escaped(license)
    if metadata.get("fine_tuned_from"):
        base = escaped(metadata["fine_tuned_from"]["name"])
        title, origin = f"the data of {base} and its author's data", None
        license = f"see the card of {base}; that of the author's data is unknown"
    source = f" ({with_links(origin)})" if origin else ""
    data = f"{title}{source}"
    if shape := metadata.get("image_shape"):
        data += f" at {shape[0]}x{shape[1]} pixels"
    if metadata["kind"] == "features":
        limit = f"The features are meant for {data}, and say little about other images."
    else:
        limit = f"The model knows only {data}, and repeats the biases of that data."
    own = escaped(metadata.get("license") or "not stated")
    return (
        f"## Limits and license\n\n{limit}\n\n"
        f"License of the weights: {own}. License of the data: {license}."
    )
