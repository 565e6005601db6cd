"""The Hub's client, with timeouts, retries and error messages that help."""

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from kerasgan.errors import HubError, PresetError
from kerasgan.hub.explain import explained, may_show_token
from kerasgan.hub.failures import passing, stalled
from kerasgan.hub.tokens import checked

TIMEOUT = 20.0  # seconds without a byte
WAITS = (0.5, 1.0, 2.0)  # seconds before each further attempt
PATIENCE = 10.0  # seconds after which a failed call is not repeated

_LOG = logging.getLogger("kerasgan.hub")
_ATTEMPT = re.compile(r"(?:Retrying in|Waiting) ([0-9.]+)s.*\[Retry ")

_active_calls: set[object] = set()
_installing = threading.Lock()


@contextlib.contextmanager
def client(where: Any, token: str | bool | None = None) -> Iterator[Any]:
    """Yields `huggingface_hub.HfApi` with timeouts, and translates its errors.

    Args:
        where: The `hub.Address` that messages name. None means the Hub as a whole.
        token: An access token. None means the stored one, False means no token.

    Raises:
        HubError: Or a subclass of it, instead of the client's own errors.
    """
    from huggingface_hub import HfApi

    _install()
    call = object()
    _active_calls.add(call)
    try:
        token = checked(token)
        yield HfApi(token=token, library_name="kerasgan")
    except Exception as error:
        if isinstance(error, HubError | PresetError):
            raise
        explanation = explained(error, where, token)
        if explanation is None:
            raise
        raise explanation from (None if may_show_token(error) else error)
    finally:
        _active_calls.remove(call)


class _Limited:
    """Creates the client's sessions as before, and adds timeouts to our requests.

    The client replaces its session if a connection fails. A setting that must hold for
    every session therefore belongs to the factory.
    """

    def __init__(self, make: Callable):
        self.make = make

    def __call__(self):
        session = self.make()
        hooks = session.event_hooks
        session.event_hooks = hooks | {"request": [*hooks["request"], _limit]}
        return session


def _keep_in_log(record) -> bool:
    """Replaces the client's notes about its attempts, which show addresses, by ours."""
    message = record.getMessage()
    if not _active_calls:
        return True
    if attempt := _ATTEMPT.search(message):
        _announce(float(attempt[1]))
    return not (attempt or "thrown while" in message)


def _announce(seconds: float) -> None:
    """Says at once, in one line, that a request failed and is sent again."""
    _LOG.warning("The Hub did not answer as it should. Next try in %g s.", seconds)


def _install():
    """Sets the factory of sessions, unless it is set already, and the log filter."""
    from huggingface_hub.utils import _http

    _http.logger.addFilter(_keep_in_log)  # adding it again changes nothing
    with _installing:  # setting the factory closes a session that may be in use
        make = _http._GLOBAL_CLIENT_FACTORY  # a program's own, for its proxies
        if not isinstance(make, _Limited):
            _http.set_client_factory(_Limited(make))


def _limit(request):
    """Adds timeouts to requests that have none, during our calls.

    A `ContextVar` cannot tell which requests belong to kerasgan: the client uploads
    in threads of its own.
    """
    if _active_calls:
        own = request.extensions.get("timeout") or {}
        phases = ("connect", "read", "write", "pool")
        limits = {phase: own.get(phase) or TIMEOUT for phase in phases}
        request.extensions["timeout"] = limits


def retried(call: Callable) -> Any:
    """Calls a function, again after a pause if it fails for a passing reason.

    A call that took so long that the client has retried already is not repeated. A
    call that stalled twice is not repeated either.
    """
    start = time.monotonic()
    for wait in WAITS:
        try:
            return call()
        except Exception as error:
            if not is_worth_repeating(error, start):
                raise
            pause(wait)
    return call()


def is_worth_repeating(error: Exception, start: float) -> bool:
    """Whether a call that began at `start` failed for a passing reason, and quickly."""
    limit = 2 * TIMEOUT if stalled(error) else PATIENCE
    return passing(error) and time.monotonic() - start <= limit


def pause(seconds: float) -> None:
    """Waits before another attempt, and says so."""
    _announce(seconds)
    time.sleep(seconds)
