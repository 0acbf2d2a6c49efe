"""Decides whether 05/11/2025 is the fifth of November or the eleventh of May, or leaves it open."""

from typing import Literal

Order = Literal["dmy", "mdy"]

# CLDR 46, short date formats (yMd) of each language's or region's default locale.
_DAY_FIRST_LANGUAGES = frozenset(
    "de fr es it pt nl pl da no nb nn fi cs ru uk tr ar ro el he id vi hr sk bg ca".split()
)
_MONTH_FIRST_COUNTRIES = frozenset({"US", "PH", "FM", "PW", "GU", "AS", "MP", "UM", "VI", "PR"})
_DAY_FIRST_ENGLISH = frozenset("GB IE AU NZ IN PK BD LK MY SG NG GH UG TZ ZM ZW JM TT MT CY HK IL AE".split())


def order_of(language: str | None, country: str | None) -> Order | None:
    """Return the order of day and month that a language or country writes with, None where it is open.

    Args:
        language: ISO 639-1, with or without a region (`en-GB`).
        country: ISO 3166-1 alpha-2 code of the source.
    """
    code, _, region = (language or "").replace("_", "-").partition("-")
    code, land = code.lower(), (country or region).upper()
    if land in _MONTH_FIRST_COUNTRIES:
        # Spanish or French pages from the United States follow either custom.
        return "mdy" if code in ("", "en") else None
    if code in ("", "en"):
        return "dmy" if land in _DAY_FIRST_ENGLISH else None
    return "dmy" if code in _DAY_FIRST_LANGUAGES else None
