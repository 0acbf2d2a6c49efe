"""Work of some length beside the event loop, so that the asking of other hosts goes on."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")

AT_ONCE_BYTES = 64 * 2**10
"""Documents of this size are read in some 10 ms; to hand one to a thread costs a tenth of a millisecond."""


async def beside(work: Callable[[], _Result], *, size_bytes: int) -> _Result:
    """What `work` returns or raises; done in a thread where the document is large.

    Args:
        work: reads the document, without touching what others may touch.
        size_bytes: of the document.
    """
    return work() if size_bytes <= AT_ONCE_BYTES else await asyncio.to_thread(work)
