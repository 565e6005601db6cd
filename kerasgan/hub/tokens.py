"""Access tokens, looked at before they are sent: what refuses them would show them."""

import re

from kerasgan.errors import HubAccessError


def checked(token: str | bool | None) -> str | bool | None:
    """The token without space around it; of the stored one, only whether it is one.

    Args:
        token: An access token; the stored one by default, False for none.

    Raises:
        HubAccessError: If it is empty or has characters that no token has.
    """
    if token is False:
        return token
    found, source = token, "token="
    if not isinstance(token, str):
        from huggingface_hub import get_token

        source = "HF_TOKEN or the file of `kerasgan login`"
        try:
            found = get_token()
        except UnicodeDecodeError:
            found = ""
        if found is None:
            return token
    if not re.fullmatch("[!-~]+", found.strip()):
        what = "others, not shown here" if found.strip() else "none"
        raise HubAccessError(
            "An access token must be made of letters, digits and signs of ASCII. "
            f"Received: {what}, from {source}. Copy it once more."
        )
    return found.strip() if isinstance(token, str) else token
