"""Checks of the folder that a training fills, before anything else is read."""

from pathlib import Path

from kerasgan.files import check_replaceable


def check_target(
    out: Path, source: str, resume: bool, overwrite: bool, more: bool = False
) -> None:
    """Refuses a folder that a training must not fill or replace.

    Args:
        out: The folder, absolute.
        source: The recipe's source of images.
        resume: Whether the training may continue one in `out`.
        overwrite: Whether the training may replace what is in `out`.
        more: Whether it may continue a finished one.

    Raises:
        ValueError: If both `resume` and `overwrite` are set.
        FileExistsError: If `out` is in use, contains the current folder, or is inside
            the folder of the images.
    """
    if resume and overwrite:
        raise ValueError(
            "A training either resumes or starts again. Received: both --resume and "
            "--overwrite. Pass one of them."
        )
    _check_free(out, resume, overwrite, more)
    check_replaceable(out, overwrite=True)
    images = Path(source).expanduser().resolve()
    if source and images.is_dir() and out.resolve().is_relative_to(images):
        raise FileExistsError(
            f"{out} must not be inside {images}, the folder of the images. Choose "
            "another folder (--out)."
        )


def _check_free(out, resume, overwrite, more):
    if not out.exists() or overwrite or (out.is_dir() and not any(out.iterdir())):
        return
    work, finished = out / "training", _is_preset(out)
    unfinished = any(work.glob("ckpt-*"))
    can_continue = (work / "finished").is_dir()
    if resume and (unfinished or (work.is_dir() and not finished)):
        return
    if resume and more and can_continue:
        return
    content = "a finished preset" if finished else "other files"
    if resume and finished:
        content += ". To train it longer, say how much: --resume --hours 1"
        if not can_continue:
            content = "a finished preset without a checkpoint, which cannot continue"
    if unfinished:
        content = "an unfinished training, which --resume continues"
    raise FileExistsError(
        f"{out} must be a new folder. Received: one with {content}. Choose another "
        "(--out), or replace it (--overwrite)."
    )


def _is_preset(folder):
    return (folder / "config.json").exists()
