"""Translates the client's errors into errors that say what to do."""

import contextlib
from typing import Any

from kerasgan.errors import (
    HubAccessError,
    HubError,
    HubUnavailableError,
    PresetNotFoundError,
    did_you_mean,
)
from kerasgan.hub.failures import TRANSIENT, chain, disk_full, from_xet, garbled


def explained(error: BaseException, where: Any, token: Any) -> Exception | None:
    """Returns our error with a remedy, or None if the error is not the client's.

    Args:
        error: What the client raised.
        where: The `hub.Address` that the message names, or None.
        token: The token of the call.
    """
    for cause in chain(error):
        explanation = _answered(cause, where, token) or _unanswered(cause, where)
        if explanation:
            return explanation
    return None


def may_show_token(error: BaseException) -> bool:
    """Whether an error's text may hold the token: it quotes an invalid header."""
    import httpx2

    return any(isinstance(cause, httpx2.LocalProtocolError) for cause in chain(error))


def _answered(error, where, token) -> Exception | None:
    """Explains an answer of the Hub or of its cache."""
    import httpx2
    from huggingface_hub import errors as client_errors

    if isinstance(error, client_errors.GatedRepoError):
        return HubAccessError(
            f"{where} is gated. Accept its terms at {where.page}, then run `kerasgan "
            "login`."
        )
    if isinstance(error, client_errors.RepositoryNotFoundError):
        return _missing(where, token)
    if isinstance(error, client_errors.RevisionNotFoundError):
        return _no_revision(where, token)
    unresolved = (
        client_errors.LocalEntryNotFoundError,
        client_errors.RevisionResolutionError,
    )
    if isinstance(error, unresolved):
        if not isinstance(error.__cause__, httpx2.HTTPError):
            return HubUnavailableError(
                f"{where} is not in the cache, and {_why_offline()}. Pull it once with "
                f"a connection: kerasgan pull {where}."
            )
    if isinstance(error, client_errors.HfHubHTTPError):
        return _refused(error, where, token)
    return None


def _unanswered(error, where) -> HubError | None:
    """Explains a failure between this machine and the Hub."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    place = where.page if where else _endpoint()
    if disk_full(error):
        return HubError(
            f"{where}: no space left on the disk of the Hub's cache. Free some space, "
            "or choose another folder: cache_dir=, HF_HOME."
        )
    if from_xet(error):
        return HubUnavailableError(
            f"{place}: the transfer of a large file by Xet failed ({error}). Try "
            "again, or turn Xet off: HF_HUB_DISABLE_XET=1."
        )
    if garbled(error):
        return HubUnavailableError(
            f"{place}: the Hub's answer is garbled ({error}). Try again."
        )
    if isinstance(error, httpx2.LocalProtocolError):
        return HubError(
            f"{place}: a request cannot be sent. The reason may show the access token "
            "and is left out. Check the token: token=, HF_TOKEN, `kerasgan login`."
        )
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnavailableError(
            f"{place} is not contacted, because HF_HUB_OFFLINE is set. Unset it, and "
            "try again."
        )
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return HubUnavailableError(
            f"{place} cannot be reached: there is no connection ({error}). Check the "
            "network and try again. Nothing was left half done."
        )
    if isinstance(error, httpx2.TransportError):
        return HubUnavailableError(
            f"{place} cannot be reached: {type(error).__name__} {error}. Check the "
            "connection and try again. Nothing was left half done."
        )
    return None


def _refused(error, where, token) -> HubError:
    """Explains an HTTP status."""
    status, place = error.response.status_code, where or _endpoint()
    message = " ".join((error.server_message or "").split())
    if status == 400 and error.response.request.url.path.endswith("/validate-yaml"):
        return HubError(
            f"{place}: the Hub rejects the card, README.md. {message} Correct the text "
            "between its two lines of ---, then push again."
        )
    if status == 401:
        return _unknown_token(place, token)
    if status == 403:
        return HubAccessError(
            f"{place}: your token does not allow this. {message} Use a token with "
            "write access to that account (`kerasgan login`), or choose another name."
        )
    if status == 412:
        return HubError(
            f"{place}: somebody else pushed in the meantime. Look at what is there, "
            "then push again."
        )
    if status in TRANSIENT:
        return HubUnavailableError(
            f"{place}: the Hub answers with status {status}. {message} Try again later."
        )
    return HubError(f"{place}: the Hub refuses, status {status}. {message}")


def _unknown_token(place, token) -> HubAccessError:
    if isinstance(token, str):
        return HubAccessError(
            f"{place}: the Hub does not know this access token. Create one at "
            f"{_endpoint()}/settings/tokens, and copy all of it."
        )
    return HubAccessError(
        f"{place}: the Hub has no valid token from you. Run `kerasgan login`, set "
        "HF_TOKEN, or pass token=."
    )


def _why_offline() -> str:
    from huggingface_hub import constants

    if constants.is_offline_mode():
        return "HF_HUB_OFFLINE is set"
    return "the Hub cannot be reached or must not be used (local_files_only)"


def _endpoint() -> str:
    from huggingface_hub import constants

    return constants.ENDPOINT


def _missing(where, token) -> PresetNotFoundError:
    """Lists similar names of the same owner, if the Hub answers."""
    from huggingface_hub import HfApi

    hint = ""
    with contextlib.suppress(Exception):
        if HfApi(token=token).repo_exists(where.repo_id, repo_type="dataset"):
            hint = " It is a dataset, not a model."
    with contextlib.suppress(Exception):
        owner, _ = where.repo_id.split("/")
        models = HfApi(token=token).list_models(author=owner, limit=200)
        hint += did_you_mean(where.repo_id, [model.id for model in models])
    return PresetNotFoundError(
        f"There is no repository {where} that you may read.{hint} A private one needs "
        "a token: `kerasgan login`."
    )


def _no_revision(where, token) -> PresetNotFoundError:
    """Lists the revisions that exist, if the Hub answers."""
    from huggingface_hub import HfApi

    known = ""
    with contextlib.suppress(Exception):
        refs = HfApi(token=token).list_repo_refs(where.repo_id)
        names = [ref.name for ref in (*refs.branches, *refs.tags)]
        known = f" It has {', '.join(names[:8])}."
    return PresetNotFoundError(
        f"{where} has no revision {where.revision!r}.{known} Leave the revision out to "
        "get the newest commit."
    )
