"""The Hub's client with what it leaves open: timeouts, retries, errors that help."""

import contextlib
import errno
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from kerasgan.errors import HubAccessError, HubError, HubUnavailableError, PresetError, PresetNotFoundError, did_you_mean
from kerasgan.hub.tokens import checked

TIMEOUT = 20.0  # seconds without a byte
WAITS = (0.5, 1.0, 2.0)  # seconds before each further attempt
PATIENCE = 10.0  # seconds until nothing is tried again
AGAIN = (408, 429, 500, 502, 503, 504)
GARBLED = "improperly formatted|Malformed response|Xet headers"  # of ValueErrors


_under_way: set[object] = set()  # calls of ours
_installing = threading.Lock()


@contextlib.contextmanager
def client(where, token: str | bool | None = None) -> Iterator[Any]:
    """`huggingface_hub.HfApi` with timeouts, whose errors become ours.

    Args:
        where: A `hub.Address` that messages name; None for the Hub as a whole.
        token: An access token; the stored one by default, False for none.

    Raises:
        HubError: Or one of its kin, instead of the client's own errors.
    """
    from huggingface_hub import HfApi

    _install()
    call = object()
    _under_way.add(call)
    try:
        token = checked(token)
        yield HfApi(token=token, library_name="kerasgan")
    except Exception as error:
        explained = _explained(error, where, token)
        if explained is None:
            raise
        raise explained from (None if _secret(error) else error)
    finally:
        _under_way.remove(call)


class _Limited:
    """Makes the client's sessions as before, and with timeouts for our calls.

    The client replaces its session where a connection fails, so that what is to hold
    for every one belongs to what makes them.
    """

    def __init__(self, make: Callable):
        self.make = make

    def __call__(self):
        session = self.make()
        hooks = session.event_hooks
        session.event_hooks = hooks | {"request": [*hooks["request"], _limit]}
        return session


def _untold(record) -> bool:
    """Leaves the client's attempts out of its log: our error says how they ended."""
    told = record.getMessage()
    return not (_under_way and ("Retrying in" in told or "thrown while" in told))


def _install():
    """Sets the factory of sessions, unless it is ours already, and the log's filter."""
    from huggingface_hub.utils import _http

    _http.logger.addFilter(_untold)  # once, however often
    with _installing:  # setting it closes a session that may be in use
        make = _http._GLOBAL_CLIENT_FACTORY  # a program's own, for its proxies
        if not isinstance(make, _Limited):
            _http.set_client_factory(_Limited(make))


def _limit(request):
    """Fills in the timeouts of requests that have none, while a call is under way.

    No `ContextVar` can tell which are ours: the client uploads in threads of its own.
    """
    if _under_way:
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
        if isinstance(cause, httpx2.LocalProtocolError):
            return False
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
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | KeyError):
        return True
    return type(error) is ValueError and bool(re.search(GARBLED, str(error)))


def _secret(error) -> bool:
    """Whether a text may hold the token: that of a header which cannot be sent."""
    import httpx2

    return any(isinstance(e, httpx2.LocalProtocolError) for e in _chain(error))


def _chain(error) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _explained(error, where, token) -> Exception | None:
    """Our error with a remedy, or None where it is none of the client's."""
    if isinstance(error, HubError | PresetError):
        return None
    for cause in _chain(error):
        if found := _answered(cause, where, token) or _unanswered(cause, where):
            return found
    return None


def _answered(error, where, token) -> Exception | None:
    """Of what the Hub says, or its cache."""
    import httpx2
    from huggingface_hub import errors as theirs

    if isinstance(error, theirs.GatedRepoError):
        return HubAccessError(
            f"{where} is gated. Accept its terms at {where.page}, then `kerasgan "
            "login`."
        )
    if isinstance(error, theirs.RepositoryNotFoundError):
        return _missing(where, token)
    if isinstance(error, theirs.RevisionNotFoundError):
        return _no_revision(where, token)
    if isinstance(
        error, theirs.LocalEntryNotFoundError | theirs.RevisionResolutionError
    ):
        if not isinstance(error.__cause__, httpx2.HTTPError):
            return HubUnavailableError(
                f"{where} is not in the cache, and the Hub is not to be asked "
                "(local_files_only, HF_HUB_OFFLINE) or out of reach. Pull it once "
                f"with a connection: kerasgan pull {where}."
            )
    if isinstance(error, theirs.HfHubHTTPError):
        return _refused(error, where, token)
    return None


def _unanswered(error, where) -> HubError | None:
    """Of what is between the Hub and here."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    place = where.page if where else _endpoint()
    if _full(error):
        return HubError(
            f"{where}: no space left on the disk of the Hub's cache. Free some, or "
            "choose another folder: cache_dir=, HF_HOME."
        )
    if _of_xet(error):
        return HubUnavailableError(
            f"{place}: large files come by Xet, which fails ({error}). Try again; "
            "HF_HUB_DISABLE_XET=1 makes them come without it."
        )
    if _garbled(error):
        return HubUnavailableError(
            f"{place}: the Hub's answer is garbled ({error}). Try again."
        )
    if isinstance(error, httpx2.LocalProtocolError):
        return HubError(
            f"{place}: a request cannot be sent; why may show the access token, and is "
            "left out. Look at that token first: token=, HF_TOKEN, `kerasgan login`."
        )
    if isinstance(error, httpx2.TransportError | OfflineModeIsEnabled):
        return HubUnavailableError(
            f"{place} cannot be reached: {type(error).__name__} {error}. Check the "
            "connection and try again; nothing is half done."
        )
    return None


def _refused(error, where, token) -> HubError:
    status, place = error.response.status_code, where or _endpoint()
    said = " ".join((error.server_message or "").split())
    if status == 400 and error.response.request.url.path.endswith("/validate-yaml"):
        return HubError(
            f"{place}: the Hub does not take the card, README.md. {said} Mend what "
            "stands between its two lines of ---, then push again."
        )
    if status == 401:
        return _unknown(place, token)
    if status == 403:
        return HubAccessError(
            f"{place}: your token has no right to do this. {said} Take a token with "
            "write access to that account (`kerasgan login`), or another name."
        )
    if status == 412:
        return HubError(
            f"{place}: somebody else pushed in the meantime. Look at what is there, "
            "then push again."
        )
    if status in AGAIN:
        return HubUnavailableError(
            f"{place}: the Hub answers with status {status}. {said} Try again later."
        )
    return HubError(f"{place}: the Hub refuses, status {status}. {said}")


def _unknown(place, token) -> HubAccessError:
    if isinstance(token, str):
        return HubAccessError(
            f"{place}: the Hub does not know the access token that was given. Make one "
            f"at {_endpoint()}/settings/tokens, and copy all of it."
        )
    return HubAccessError(
        f"{place}: the Hub knows no valid token of yours. Run `kerasgan login`, set "
        "HF_TOKEN, or pass token=."
    )


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


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
