"""The Hub's client with what it leaves open: timeouts, retries, errors that help."""

import contextlib
import errno
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from kerasgan.errors import (
    HubAccessError,
    HubError,
    HubUnavailableError,
    PresetError,
    PresetNotFoundError,
    did_you_mean,
)

TIMEOUT = 20.0  # seconds without a byte
WAITS = (0.5, 1.0, 2.0)  # seconds before each further attempt
PATIENCE = 10.0  # seconds until nothing is tried again
AGAIN = (408, 429, 500, 502, 503, 504)


@contextlib.contextmanager
def client(where, token: str | bool | None = None) -> Iterator[Any]:
    """`huggingface_hub.HfApi` with timeouts, whose errors become ours.

    Args:
        where: A `hub.Address` that messages name; None for the Hub as a whole.
        token: An access token; the stored one by default, False for none.

    Raises:
        HubError: Or one of its kin, instead of the client's own errors.
    """
    from huggingface_hub import HfApi, get_session

    session = get_session()
    before = session.event_hooks
    session.event_hooks = before | {"request": [*before["request"], _limit]}
    try:
        yield HfApi(token=token, library_name="kerasgan")
    except Exception as error:
        explained = _explained(error, where, token)
        if explained is None:
            raise
        raise explained from error
    finally:
        session.event_hooks = before


def _limit(request):
    """Fills in the timeouts of requests that have none."""
    given = request.extensions.get("timeout") or {}
    phases = ("connect", "read", "write", "pool")
    limits = {phase: given.get(phase) or TIMEOUT for phase in phases}
    request.extensions["timeout"] = limits


def retried(call: Callable) -> Any:
    """`call()`, again after a while where it failed by what may pass.

    Not where it took so long that the client has tried again itself, or where it has
    stalled twice.
    """
    start = time.monotonic()
    for wait in WAITS:
        try:
            return call()
        except Exception as error:
            limit = 2 * TIMEOUT if _stalled(error) else PATIENCE
            if not passing(error) or time.monotonic() - start > limit:
                raise
            time.sleep(wait)
    return call()


def passing(error: BaseException) -> bool:
    """Whether the same call may do better in a moment."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    for cause in _chain(error):
        if isinstance(cause, OfflineModeIsEnabled):
            return False
        if isinstance(cause, HfHubHTTPError):
            return cause.response.status_code in AGAIN
        if isinstance(cause, httpx2.TransportError | httpx2.DecodingError):
            return True
        if _garbled(cause) or _of_xet(cause):
            return not _full(cause)
    return False


def _stalled(error) -> bool:
    """Whether no byte came in time."""
    import httpx2

    return any(isinstance(cause, httpx2.TimeoutException) for cause in _chain(error))


def _full(error) -> bool:
    """Whether a disk has no space left; Xet's errors say so in words only."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return _of_xet(error) and bool(re.search(r"os error (28|122)\b", str(error)))


def _of_xet(error) -> bool:
    """Whether it is one of `hf_xet`'s errors, of which most are bare RuntimeErrors."""
    bare = type(error) is RuntimeError and error.__cause__ is None
    return bare or type(error).__module__ == "hf_xet"


def _garbled(error) -> bool:
    """Whether the client could not make sense of an answer, or of a file's size."""
    if isinstance(error, OSError):
        return error.errno is None and type(error).__name__ in (
            "OSError",
            "FileMetadataError",
        )
    ours = isinstance(error, PresetError)
    return isinstance(error, ValueError | KeyError | TypeError) and not ours


def _chain(error) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _explained(error, where, token) -> Exception | None:
    """Our error with a remedy, or None where it is none of the client's."""
    import httpx2
    from huggingface_hub import errors as theirs

    if isinstance(error, HubError | PresetError):
        return None
    page = where.page if where else "the Hub"
    for cause in _chain(error):
        if _full(cause):
            return HubError(
                f"{where}: no space left on the disk of the Hub's cache. Free some, or "
                "choose another folder: cache_dir=, HF_HOME."
            )
        if isinstance(cause, theirs.GatedRepoError):
            return HubAccessError(
                f"{where} is gated. Accept its terms at {page}, then `kerasgan login`."
            )
        if isinstance(cause, theirs.RepositoryNotFoundError):
            return _missing(where, token)
        if isinstance(cause, theirs.RevisionNotFoundError):
            return _no_revision(where, token)
        if isinstance(
            cause, theirs.LocalEntryNotFoundError | theirs.RevisionResolutionError
        ):
            if not isinstance(cause.__cause__, httpx2.HTTPError):
                return HubUnavailableError(
                    f"{where} is not in the cache, and the Hub is not to be asked "
                    "(local_files_only, HF_HUB_OFFLINE) or out of reach. Pull it once "
                    f"with a connection: kerasgan pull {where}."
                )
        if isinstance(cause, theirs.HfHubHTTPError):
            return _refused(cause, where)
        if _of_xet(cause):
            return HubUnavailableError(
                f"{where or page}: large files come by Xet, which fails ({cause}). Try "
                "again; HF_HUB_DISABLE_XET=1 makes them come without it."
            )
        if _garbled(cause):
            return HubUnavailableError(
                f"{where or page}: the Hub's answer is garbled ({cause}). Try again."
            )
        if isinstance(cause, httpx2.TransportError | theirs.OfflineModeIsEnabled):
            return HubUnavailableError(
                f"{where or page} cannot be reached: {type(cause).__name__} {cause}. "
                "Check the connection and try again; nothing is half done."
            )
    return None


def _refused(error, where) -> HubError:
    status = error.response.status_code
    said = " ".join((error.server_message or "").split())
    if status == 401:
        return HubAccessError(
            f"{where}: the Hub knows no valid token of yours. Run `kerasgan login`, "
            "set HF_TOKEN, or pass token=."
        )
    if status == 403:
        return HubAccessError(
            f"{where}: your token has no right to do this. {said} Take a token with "
            "write access to that account (`kerasgan login`), or another name."
        )
    if status == 412:
        return HubError(
            f"{where}: somebody else pushed in the meantime. Look at what is there, "
            "then push again."
        )
    if status in AGAIN:
        return HubUnavailableError(
            f"{where}: the Hub answers with status {status}. {said} Try again later."
        )
    return HubError(f"{where}: the Hub refuses, status {status}. {said}")


def _missing(where, token) -> PresetNotFoundError:
    """With near names of the same owner, if the Hub tells them."""
    from huggingface_hub import HfApi

    near = ""
    with contextlib.suppress(Exception):
        if HfApi(token=token).repo_exists(where.repo_id, repo_type="dataset"):
            near = " It is a data set, no model."
    with contextlib.suppress(Exception):
        owner, name = where.repo_id.split("/")
        found = HfApi(token=token).list_models(author=owner, limit=200)
        near += did_you_mean(where.repo_id, [model.id for model in found])
    return PresetNotFoundError(
        f"There is no repository {where} that you may read.{near} A private one needs "
        "a token: `kerasgan login`."
    )


def _no_revision(where, token) -> PresetNotFoundError:
    from huggingface_hub import HfApi

    known = ""
    with contextlib.suppress(Exception):
        refs = HfApi(token=token).list_repo_refs(where.repo_id)
        names = [ref.name for ref in (*refs.branches, *refs.tags)]
        known = f" It has {', '.join(names[:8])}."
    return PresetNotFoundError(
        f"{where} has no revision {where.revision!r}.{known} Leave it out for the "
        "newest."
    )
