"""Encodes videos, if a codec is installed: imageio-ffmpeg, or else OpenCV."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np


def encode_mp4(frames: np.ndarray, milliseconds: int = 80) -> bytes:
    """Encodes frames, uint8 (N, H, W, 3), as an MP4 video.

    Sides that are odd, which codecs refuse, get another row or column of the last
    pixels.

    Args:
        frames: The frames.
        milliseconds: Of a frame.

    Raises:
        ImportError: If neither imageio-ffmpeg nor OpenCV is installed.
        OSError: If the codec writes no video.
    """
    odd = [(0, side % 2) for side in frames.shape[1:3]]
    rgb = np.pad(frames, ((0, 0), *odd, (0, 0)), mode="edge")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        _writer()(path, rgb, 1000 / milliseconds)
        if not path.is_file() or not path.stat().st_size:
            raise OSError(
                "No MP4 video was written. Received: nothing from the codec. Install "
                "another: pip install imageio-ffmpeg. Or write a .gif file."
            )
        return path.read_bytes()


def check_codec() -> None:
    """Refuses videos if there is no codec.

    Raises:
        ImportError: If neither imageio-ffmpeg nor OpenCV is installed.
    """
    _writer()


def _writer() -> Callable:
    """A function that writes a path from frames, uint8 (N, H, W, 3), and their rate."""
    try:
        import imageio_ffmpeg  # noqa: F401
    except ImportError:
        try:
            import cv2  # noqa: F401
        except ImportError as error:
            raise ImportError(
                "An MP4 video needs a codec. Received: neither imageio-ffmpeg nor "
                "OpenCV is installed. Install one: pip install imageio-ffmpeg. Or "
                "write a .gif file."
            ) from error
        return _write_by_opencv
    return _write_by_ffmpeg


def _write_by_ffmpeg(path, frames, rate):
    import imageio_ffmpeg

    height, width = frames.shape[1:3]
    options = {"fps": rate, "macro_block_size": 2, "quality": 8}
    writer = imageio_ffmpeg.write_frames(str(path), (width, height), **options)
    writer.send(None)
    for frame in frames:
        writer.send(np.ascontiguousarray(frame))
    writer.close()


def _write_by_opencv(path, frames, rate):
    import cv2

    height, width = frames.shape[1:3]
    codec = cv2.VideoWriter_fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), codec, rate, (width, height))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))  # BGR
    writer.release()
