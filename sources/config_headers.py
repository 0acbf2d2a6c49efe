"""Which headers a source may send, and where their secrets come from."""

import re
from collections.abc import Mapping

from sources.names import printable

_SECRET = re.compile(r"env:(.*)", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110, 5.6.2
_VALUE = re.compile(r"[\x20-\x7e\t]*")

OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since"),
        *("if-none-match", "keep-alive", "proxy-authorization", "range", "te", "trailer"),
        *("transfer-encoding", "upgrade", "user-agent"),
    }
)
"""What the client sets itself; anything else there would break the request or hide who is asking."""

SECRETS = frozenset({"authorization", "cookie", "x-api-key", "x-auth-token"})
"""What holds a secret by its nature."""


def secret_name(value: str) -> str | None:
    """The environment variable that a value `env:NAME` means, None for any other value."""
    found = _SECRET.fullmatch(value)
    return found[1] if found else None


def header_problem(name: str, value: str, environ: Mapping[str, str] | None) -> str | None:
    """What is wrong with a header as it is written down, in one sentence; None where nothing is.

    Args:
        name: of the header.
        value: as written, `env:NAME` for a secret.
        environ: where the secret must be; None where it isn't needed now.
    """
    shown = printable(name[:80])
    if not _NAME.fullmatch(name):
        return f"'{shown}' is no name of a header; use letters, digits and hyphens"
    if name.lower() in OURS:
        hint = "set user_agent at the top instead" if name.lower() == "user-agent" else "remove it"
        return f"the header {shown} is set by Dateline itself; {hint}"
    secret = secret_name(value)
    if secret is None:
        if name.lower() in SECRETS:
            return (
                f"the header {shown} holds a secret, which has no place in this file; put its whole value "
                'into an environment variable, and write "env:NAME" here'
            )
        return None if _VALUE.fullmatch(value) else f"the header {shown} holds more than plain ASCII text"
    if not _VARIABLE.fullmatch(secret):
        return f"'env:{printable(secret[:80])}' names no environment variable; write env:NAME"
    if environ is None:
        return None
    if secret not in environ:
        return f"the environment variable {secret} for the header {shown} is not set; set it, then run again"
    if not _VALUE.fullmatch(environ[secret]):
        return f"the environment variable {secret} holds more than plain ASCII text; check it for line breaks"
    return None
