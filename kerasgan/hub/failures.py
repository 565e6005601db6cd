"""Which failures of the Hub's client there are, and which of them may pass."""

import errno
import json
import re
from collections.abc import Iterator

TRANSIENT = (408, 429, 500, 502, 503, 504)  # statuses worth another attempt
GARBLED = "improperly formatted|Malformed response|Xet headers"  # in ValueErrors


def passing(error: BaseException) -> bool:
    """Whether the same call may succeed in a moment."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    for cause in chain(error):
        if isinstance(cause, OfflineModeIsEnabled):
            return False
        if isinstance(cause, HfHubHTTPError):
            return cause.response.status_code in TRANSIENT
        if isinstance(cause, httpx2.LocalProtocolError):
            return False
        if isinstance(cause, httpx2.TransportError | httpx2.DecodingError):
            return True
        if garbled(cause) or from_xet(cause):
            return not disk_full(cause)
    return False


def stalled(error: BaseException) -> bool:
    """Whether no byte arrived in time."""
    import httpx2

    return any(isinstance(cause, httpx2.TimeoutException) for cause in chain(error))


def disk_full(error: BaseException) -> bool:
    """Whether a disk has no space left. Xet's errors say so in words only."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return from_xet(error) and bool(re.search(r"os error (28|122)\b", str(error)))


def from_xet(error: BaseException) -> bool:
    """Whether an error is from `hf_xet`, whose errors are mostly RuntimeErrors."""
    bare = type(error) is RuntimeError and error.__cause__ is None
    return bare or type(error).__module__ == "hf_xet"


def garbled(error: BaseException) -> bool:
    """Whether the client could not parse an answer, or the size of a file is wrong."""
    if isinstance(error, OSError):
        return error.errno is None and type(error).__name__ in (
            "OSError",
            "FileMetadataError",
        )
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | KeyError):
        return True
    return type(error) is ValueError and bool(re.search(GARBLED, str(error)))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yields an error and what caused it, the outermost first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
