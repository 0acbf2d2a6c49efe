"""Names of files: as URIs for the ledger, and as something that a terminal can print."""

import os
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

STDIN_URI = "stdin:"
"""What standard input and named pipes are called, where no hash of their content is known."""

_FILE_SCHEME = "file://"
_DISTURBING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNDECODED = range(0xDC80, 0xDD00)  # where os.fsdecode puts the bytes 0x80 to 0xFF that it cannot decode


def file_uri(path: str) -> str:
    """The `file:` URI of a path, made absolute; symbolic links are not followed, so one name has one URI.

    The bytes of a name that is not UTF-8 are percent-encoded as they are, so that the URI leads back to it.
    """
    return _FILE_SCHEME + quote_from_bytes(os.fsencode(os.path.abspath(path)))


def path_of(uri: str) -> str | None:
    """The path that a `file:` URI names, None for any other URI; the inverse of `file_uri`."""
    if uri[: len(_FILE_SCHEME)].lower() != _FILE_SCHEME:
        return None
    path = uri[len(_FILE_SCHEME) :].partition("#")[0]
    return os.fsdecode(unquote_to_bytes(path.removeprefix("localhost") or "/"))


def printable(text: str) -> str:
    r"""The text with everything that could disturb a terminal escaped, as `\n`, `\xNN` or `\uNNNN`.

    That is control characters, line breaks, characters that turn the direction of writing, lone surrogates,
    and so the bytes of a file name that are not UTF-8 (`\xNN`).
    """
    return text if text.isprintable() else _DISTURBING.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if code in _UNDECODED:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
