"""One article as a page: its head, its words, what was cut from it and every date that was considered."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from flows.render import dumps
from flows.width import padded, width_of, wrapped
from records import DateClaim
from sources.names import printable
from warehouse.read import Shown, ShownArticle

_WIDEST = 96  # columns; longer lines are hard to read
_NARROWEST = 30


def page(shown: Shown, columns: int) -> Iterator[str]:
    """The lines of the page, at most so many columns wide (within what reads well)."""
    columns = max(_NARROWEST, min(columns, _WIDEST))
    article = shown.article
    yield from wrapped(printable(article.title or "(no title)"), columns)
    for line in _head(article):
        yield from wrapped(printable(line), columns)
    if shown.found_as:
        yield from wrapped(f"Shown in the place of its duplicate {printable(shown.found_as)}", columns)
    for paragraph in article.text.split("\n\n"):
        yield ""
        for line in paragraph.split("\n"):
            yield from wrapped(printable(line), columns)
    yield ""
    yield f"Cut ({len(shown.cuts)}):" if shown.cuts else "Nothing was cut."
    yield from _listed([(cut.role, cut.rule, cut.text) for cut in shown.cuts], columns)
    yield ""
    yield f"Dates considered ({len(shown.date_claims)}):" if shown.date_claims else "No date was found."
    yield from _listed(
        [(claim.verdict, claim.value or "unreadable", _said(claim)) for claim in shown.date_claims], columns
    )


def as_json(shown: Shown) -> str:
    """The same as one JSON object, complete."""
    return dumps(
        {
            **asdict(shown.article),
            "found_as": shown.found_as,
            "cuts": [asdict(cut) for cut in shown.cuts],
            "date_claims": [asdict(claim) for claim in shown.date_claims],
        }
    )


def _head(article: ShownArticle) -> Iterator[str]:
    if article.authors:
        yield f"By {', '.join(article.authors)}"
    if article.published is None:
        yield "Published: unknown"
    else:
        zone = f", zone by {article.published_zone_basis}" if article.published_zone_basis else ""
        basis = f"known to the {article.published_precision}, from {article.published_basis}{zone}"
        yield f"Published: {article.published} ({basis})"
    yield article.url or article.article_key
    facts = [
        f"source {article.source_id}",
        f"language {article.language or 'unknown'}",
        f"{article.words:,} words",
        f"version {article.version} of {article.versions}",
        f"id {article.article_id}",
    ]
    yield ", ".join(facts)


def _said(claim: DateClaim) -> str:
    place = f" ({claim.place})" if claim.place else ""
    reason = f". {claim.reason}" if claim.reason else ""
    return f"{claim.role}, from {claim.basis}, “{claim.evidence}”{place}{reason}"


def _listed(rows: Sequence[tuple[str, str, str]], columns: int) -> Iterator[str]:
    """Two narrow columns aligned, and the third wrapped beside them, or below where there is no room."""
    rows = [
        (printable(first), printable(second), printable(" ".join(text.split())))
        for first, second, text in rows
    ]
    first_width = max((width_of(row[0]) for row in rows), default=0)
    second_width = max((width_of(row[1]) for row in rows), default=0)
    aside = 2 + first_width + 2 + second_width + 2
    for first, second, text in rows:
        label = f"  {padded(first, first_width)}  {padded(second, second_width)}  "
        if columns - aside < _NARROWEST:
            yield label.rstrip()
            yield from wrapped(text, columns, indent="    ")
            continue
        for number, line in enumerate(wrapped(text, columns - aside)):
            yield (label if number == 0 else " " * aside) + line
