"""Bytes in, Article out. `from extractors import extract` gives the function; nothing else is promised."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractors.extraction import extract, extractor_version

__all__ = ["extract", "extractor_version"]


def __getattr__(name: str) -> object:
    """Import the function when it is asked for, so that importing the package costs nothing."""
    if name in __all__:
        from extractors.extraction import extract, extractor_version  # noqa: PLC0415 - lazily, see above

        globals().update(extract=extract, extractor_version=extractor_version)
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
