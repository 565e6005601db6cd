"""The section of a model card that shows how to use the model."""

from kerasgan.presets.card_text import quoted

# By the keyword of `generate`: a call that chooses what is generated.
CHOICES = {
    "labels": "images = gan.generate(16, labels=1, seed=0)  # one class\n",
    "codes": "images = gan.generate(codes=[0, 1, 1], seed=0)  # one category each\n",
    "captions": 'images = gan.generate(captions=["red apple", "house"], seed=0)\n',
    "vectors": "images = gan.generate(len(vectors), vectors=vectors, seed=0)\n",
}


def use(address: str, metadata: dict) -> str:
    """Python code that uses the model."""
    address = quoted(address)
    if metadata["kind"] == "features":
        return _use_features(address, metadata)
    if translates_images(metadata):
        return _use_translator(address, metadata)
    shape = ", ".join(map(str, shape_of(metadata)))
    lines = ["import kerasgan", "", f"gan = kerasgan.from_preset({address})"]
    lines[-1] += "  # or the path of this folder"
    if metadata.get("latent_dim"):
        dtype = "uint8" if metadata.get("image_shape") else "float32"
        lines += [f"images = gan.generate(64, seed=0)  # {dtype} (64, {shape})"]
        lines += CHOICES.get(metadata.get("condition"), "").splitlines()
        lines += ["animation = gan.interpolate(1, 2, frames=30)  # from seed 1 to 2"]
    lines += _judging(metadata)
    captioned = metadata.get("condition") == "captions"
    which = "players=gan.phases[-1]" * captioned
    lines += ["", f"gan.compile({which})  # the default optimizers"]
    if metadata.get("latent_dim") and metadata.get("image_shape"):
        height, width, channels = metadata["image_shape"]
        options = f"size=({height}, {width}), channels={channels}"
        options += _conversions(metadata.get("data") or {})
        options += ", labels=True" * (metadata.get("condition") == "labels")
        options += ', captions="captions.csv"' * captioned
        options += ", labeled=100" * classifies(metadata)
        lines += [f'dataset = kerasgan.data.load("photos/", {options})']
    lines += ["gan.fit(dataset, epochs=5)"]
    if metadata.get("task") == "score":
        lines += ['gan.compile(players=["encoder"])', "gan.fit(dataset, epochs=5)"]
    return _code(lines)


def classifies(metadata: dict) -> bool:
    """Whether a GAN without a condition knows classes."""
    return metadata.get("condition") is None and bool(metadata.get("num_classes"))


def _judging(metadata: dict) -> list[str]:
    """Lines that judge images, if the model does so."""
    if metadata.get("task") == "score":
        height, width, _ = metadata["image_shape"]
        return [
            "scores = gan.score(images)  # float32 (64,); higher is less normal",
            f"maps = gan.heatmap(images)  # float32 (64, {height}, {width})",
        ]
    if classifies(metadata):
        return ["classes = gan.classify(images)  # int (64,)"]
    return []


def _conversions(data: dict) -> str:
    """The arguments of `load` by which the images were converted for training."""
    text = ", crop=True" * bool(data.get("crop"))
    background = data.get("background", "white")
    return text + f", background={quoted(background)}" * (background != "white")


def translates_images(metadata: dict) -> bool:
    """Whether the model makes images from images."""
    return "source_shape" in metadata


def _use_translator(address, metadata):
    calls = {
        "translate": 'made = model.translate("photo.png")  # uint8',
        "upscale": 'made = model.upscale("photo.png")  # uint8',
        "inpaint": 'made = model.inpaint("photo.png", "mask.png")  # white is a hole',
    }
    lines = ["import kerasgan", "", f"model = kerasgan.from_preset({address})"]
    lines[-1] += "  # or the path of this folder"
    lines += [calls[metadata.get("task", "translate")]]
    if metadata.get("learns_from") == "unpaired":
        lines += ['other = model.translate("other.png", direction="backward")']
    lines += ["", "model.compile()  # the default optimizers"]
    lines += [f"dataset = kerasgan.data.{_loading(metadata)}"]
    return _code([*lines, "model.fit(dataset, epochs=5)"])


def _loading(metadata) -> str:
    """The call that loads images like those of the training."""
    data, learns_from = metadata.get("data") or {}, metadata.get("learns_from")
    (height, width, channels), source = (
        metadata["image_shape"],
        metadata["source_shape"],
    )
    options = f"size=({height}, {width}), channels={channels}" + _conversions(data)
    if learns_from == "images":
        return f'load("photos/", {options})'
    if learns_from == "unpaired":
        return f'load_unpaired("photos/", "others/", {options})'
    scale = height // max(source[0], 1)
    if make := data.get("make", f"downscale:{scale}" if scale > 1 else None):
        return f'load_pairs("photos/", make={quoted(make)}, {options})'
    if source[2] != channels:
        options += f", source_channels={source[2]}"
    if data.get("source_side", "left") != "left":
        options += f", source_side={quoted(data['source_side'])}"
    places = '"photos/", "targets/"' if "targets" in data else '"pairs/"'
    return f"load_pairs({places}, {options})"


def _use_features(address, metadata):
    shape = ", ".join(map(str, shape_of(metadata)))
    return _code(
        [
            "import kerasgan",
            "",
            'gan = kerasgan.from_preset("a_gan_of_this_dataset")',
            f"gan.evaluate_quality(dataset, features={address})",
            "",
            f"classifier = kerasgan.from_preset({address})  # or this folder's path",
            f"images = gan.generate(64, seed=0)  # uint8 (64, {shape})",
            "logits = classifier.predict(kerasgan.images.from_uint8(images))",
        ]
    )


def _code(lines):
    return "\n".join(["## Use", "", "```python", *lines, "```"])


def shape_of(metadata: dict) -> list[int]:
    """The shape of an image or, for other data, of one sample."""
    return metadata.get("image_shape") or metadata["data_shape"]
