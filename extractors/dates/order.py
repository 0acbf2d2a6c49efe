"""Decides whether 05/11/2025 is the fifth of November or the eleventh of May, or leaves it open."""

from typing import Literal

Order = Literal["dmy", "mdy"]

# CLDR 46, short date formats of each language's and region's default locale. fmt: off
_DAY_FIRST_LANGUAGES = frozenset(
    {
        "ar",
        "bg",
        "ca",
        "cs",
        "da",
        "de",
        "el",
        "es",
        "fi",
        "fr",
        "he",
        "hr",
        "id",
        "it",
        "nb",
        "nl",
        "nn",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "tr",
        "uk",
        "vi",
    }
)
_MONTH_FIRST_COUNTRIES = frozenset({"AS", "FM", "GU", "MP", "PH", "PR", "PW", "UM", "US", "VI"})
_DAY_FIRST_ENGLISH = frozenset(
    {
        "AE",
        "AU",
        "BD",
        "CY",
        "GB",
        "GH",
        "HK",
        "IE",
        "IL",
        "IN",
        "JM",
        "LK",
        "MT",
        "MY",
        "NG",
        "NZ",
        "PK",
        "SG",
        "TT",
        "TZ",
        "UG",
        "ZM",
        "ZW",
    }
)
# fmt: on


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
