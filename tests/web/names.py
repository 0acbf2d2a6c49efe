"""The name service of the local web, one name of which changes its mind."""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

METADATA = "169.254.169.254"
"""Where clouds hand out secrets; no client may ever connect to it."""

_NAME = re.compile(r"site(\d+)\.example")


@dataclass(slots=True)
class Names:
    """Looks up `siteN.example`, which is 127.0.1.N.

    Attributes:
        turning: names that mean the metadata service from the second look-up on.
        look_ups: the names that were looked up, in order.
    """

    turning: frozenset[str] = frozenset()
    look_ups: list[str] = field(default_factory=list)

    async def resolve(self, name: str) -> Sequence[str]:
        """The addresses of a name; raises `OSError` where it has none."""
        self.look_ups.append(name)
        known = _NAME.fullmatch(name)
        if known is None:
            raise socket.gaierror(socket.EAI_NONAME, f"{name} is not known")
        if name in self.turning and self.look_ups.count(name) > 1:
            return (METADATA,)
        return (f"127.0.1.{known[1]}",)
