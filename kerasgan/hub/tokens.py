"""Checks access tokens before they are sent.

If the client refuses a malformed token, its error message shows the token.
"""

import re

from kerasgan.errors import HubAccessError


def checked(token: str | bool | None) -> str | bool | None:
    """Returns the token without surrounding whitespace.

    A stored token is checked too, but None is returned for it.

    Args:
        token: An access token. None means the stored one, False means no token.

    Raises:
        HubAccessError: If the token is empty or has characters that no token has.
    """
    if token is False:
        return token
    text, source = token, "token="
    if not isinstance(token, str):
        from huggingface_hub import get_token

        source = "HF_TOKEN or the file that `kerasgan login` writes"
        try:
            text = get_token()
        except UnicodeDecodeError:
            text = ""
        if text is None:
            return token
    if not re.fullmatch("[!-~]+", text.strip()):
        received = "other characters, not shown here" if text.strip() else "no text"
        raise HubAccessError(
            "An access token must consist of ASCII letters, digits and punctuation. "
            f"Received: {received}, from {source}. Copy the token again."
        )
    return text.strip() if isinstance(token, str) else token
