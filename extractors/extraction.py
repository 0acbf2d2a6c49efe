"""Bytes in, Article out: the one door of this room. A pure function: no I/O, no clock, no state."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

from extractors import rules
from extractors.clean import Cleaned, clean
from extractors.dates import given
from extractors.dates.body import claims_of_body
from extractors.dates.resolve import resolve
from extractors.decode import Decoded, decode
from extractors.language import identify
from extractors.pieces import Piece
from extractors.plain import pieces_of_text
from extractors.rules.byline import authors_of_line
from records import Article, Cut, Hints, InputError

# Raised by hand whenever the code of this room gives another answer to the same input.
_CODE_VERSION = 1
_DATA_FOLDERS = (".", "rules", "dates/data")


@cache
def extractor_version() -> str:
    """What an article version names as its maker: the number of the code, and a hash of the rules as data.

    The eight hex digits change with the list of rules and with every data file of this room.
    """
    digest = sha256("\n".join(rule.id for rule in rules.bundled()).encode())
    for folder in _DATA_FOLDERS:
        for file in sorted(files("extractors").joinpath(folder).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".toml"):
                digest.update(file.read_bytes())
    return f"{_CODE_VERSION}+{digest.hexdigest()[:8]}"


def extract(
    content: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    fetched_at: datetime | None = None,
    hints: Hints | None = None,
) -> Article:
    """Make an article of the bytes of a plain text or an HTML page.

    Args:
        content: the bytes, any transfer coding undone.
        url: where they were published; its path may carry a date.
        content_type: MIME type as declared, its charset parameter is honoured.
        fetched_at: aware; when they left the publisher's server. What "5 hours ago" counts from.
        hints: what else is known; `hints.not_after` bounds the dates where `fetched_at` is unknown.

    Raises:
        InputError: nothing can be made of them; `reason` says why (`empty`, `binary`, `pdf`, `no_text`, ...).
    """
    hints = hints or Hints()
    decoded = decode(content, content_type)
    if decoded.media == "html":
        return _from_html(decoded, url, fetched_at, hints)
    return _from_text(decoded, fetched_at, hints)


def _from_text(decoded: Decoded, fetched_at: datetime | None, hints: Hints) -> Article:
    pieces, hyphens = pieces_of_text(decoded.text)
    cleaned = clean(decoded.text, pieces, rules.bundled(), title=hints.claimed.title)
    typeset = tuple(Cut("hyphen", "line-break-hyphen", mark.text, mark.start, mark.end) for mark in hyphens)
    names = tuple(name for line in cleaned.of_role("byline") for name in authors_of_line(line))
    return _article(
        Article(
            text="",
            title=hints.claimed.title or cleaned.title,
            authors=hints.claimed.authors or names,
            media="text",
            encoding=decoded.encoding,
            cuts=tuple(sorted((*cleaned.cuts, *typeset), key=lambda cut: (cut.start, cut.end))),
        ),
        cleaned,
        fetched_at,
        hints,
    )


def _from_html(decoded: Decoded, url: str | None, fetched_at: datetime | None, hints: Hints) -> Article:
    # Imported here so that plain text, and `import extractors`, do without lxml and trafilatura.
    from extractors import html, metadata  # noqa: PLC0415 - see above
    from extractors.dates.page import claims_of_page  # noqa: PLC0415 - see above

    tree = html.parse(decoded.text)
    found = metadata.read(tree)
    claims = claims_of_page(tree, url)
    blocks = html.body_blocks(tree)
    source = "\n\n".join(block.text for block in blocks)
    pieces = [Piece(block.kind, block.text, ((block.start, block.end),)) for block in blocks]
    title = hints.claimed.title or found.title
    cleaned = clean(source, pieces, rules.bundled(), title=title)
    return _article(
        Article(
            text="",
            title=title or cleaned.title,
            authors=hints.claimed.authors or found.authors,
            canonical_url=found.canonical_url,
            media="html",
            encoding=decoded.encoding,
            cuts=cleaned.cuts,
            date_claims=claims,
        ),
        cleaned,
        fetched_at,
        hints,
    )


def _article(draft: Article, cleaned: Cleaned, fetched_at: datetime | None, hints: Hints) -> Article:
    """Complete an article with what plain text and HTML have in common: body, language and date."""
    if not cleaned.blocks:
        raise InputError(
            "no running text was found in it, only titles, dates or furniture; look at what was saved",
            stage="extract",
            reason="no_text",
            refused=True,
        )
    published, judged = resolve(
        (
            *given.claims_of(hints.claimed),
            *draft.date_claims,
            *claims_of_body(cleaned.document, rules.bundled_phrases(), fetched_at),
        ),
        not_after=hints.not_after,
        fetched_at=fetched_at,
    )
    text = "\n\n".join(block.text for block in cleaned.blocks)
    return replace(
        draft,
        text=text,
        language=hints.language or identify(text),
        published=published.text,
        published_date=published.day,
        published_at=published.at,
        published_precision=published.precision,
        published_basis=published.basis,
        published_zone_basis=published.zone_basis,
        blocks=cleaned.blocks,
        date_claims=judged,
    )
