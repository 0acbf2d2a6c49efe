"""Claims of a page's meta elements: Open Graph, Dublin Core and the other dialects."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from extractors.dates.nodes import MAX_CLAIMS, Element
from extractors.dates.stamps import stamp_claim
from records import ClaimRole, DateClaim

_PUBLISHED = """
    article.published article:post_date article:publicationdate article:published article:published_date
    article_date_original bt:pubdate citation_date citation_online_date citation_publication_date
    cxenseparse:publishtime cxenseparse:recs:publishtime date date.issued datepublished date_published
    dc.date dc.date.issued dc.date.published dc.issued dcterms.date dcterms.issued dcterms.published
    displaydate firstpublished gsa-publish-date originalpublicationdate parsely-pub-date prism.publicationdate
    pubdate pub_date publication-date publication_date publicationdate publish-date publish_date publishdate
    published published-date published_at published_date published_time publisheddate publishedtime
    publishtime pubtime release_date rnews:datepublished sailthru.date schema:datepublished
"""
_UPDATED = """
    article.updated article:modified article:modified_time article:updated article:updated_time
    citation_lastmodified_date date.modified date.updated datemodified dc.date.modified dc.date.updated
    dc.modified dcterms.modified last-modified last-updated last_modified last_updated lastmod lastmodified
    lastupdated moddate modified modified_time modifieddate og:article:modified_time og:modified_time
    og:updated_time parsely-post-modified prism.modificationdate revised rnews:datemodified
    schema:datemodified updated updated_at updated_time
"""
_OPENGRAPH = """
    article:published_time article:publish_time og:article:published_time og:published_time og:pubdate
"""
_UNKNOWN = """
    article:created_time creation_date created datecreated dc.created dc.date.created dcterms.created
    og:release_date video:release_date
"""
_CAPTURED = "archive-date archived captured date.accessed dc.date.accessed"

_ROLES: Mapping[str, tuple[str, ClaimRole]] = MappingProxyType(
    {
        **dict.fromkeys(_PUBLISHED.split(), ("meta", "published")),
        **dict.fromkeys(_UPDATED.split(), ("meta", "updated")),
        **dict.fromkeys(_OPENGRAPH.split(), ("opengraph", "published")),
        **dict.fromkeys(_UNKNOWN.split(), ("meta", "unknown")),
        **dict.fromkeys(_CAPTURED.split(), ("meta", "captured")),
    }
)
_NAMES = ("property", "name", "http-equiv")


def claims_of_meta(tree: Element, *, language: str | None = None) -> tuple[DateClaim, ...]:
    """Return the claims of the meta elements, bases `opengraph` (published alone) and `meta`.

    Args:
        tree: the root element of a page.
        language: as the page declares it; decides day and month.
    """
    found: dict[tuple[str, str], DateClaim] = {}
    for name, content in _fields(tree):
        known = _ROLES.get(name)
        if known is None or (name, content) in found:
            continue
        basis, role = known
        found[name, content] = stamp_claim(
            content, basis=basis, role=role, place=f"meta {name}", language=language
        )
        if len(found) == MAX_CLAIMS:
            break
    return tuple(found.values())


def _fields(tree: Element) -> Iterator[tuple[str, str]]:
    for element in tree.iter("meta"):
        content = (element.get("content") or element.get("value") or "").strip()
        if not content:
            continue
        for attribute in _NAMES:
            name = (element.get(attribute) or "").strip().lower()
            if name == "parsely-page":
                yield from _of_parsely(content)
            elif name and not (attribute == "http-equiv" and name == "date"):
                # `http-equiv=date` is the server's clock, not the article's.
                yield name, content


def _of_parsely(content: str) -> Iterator[tuple[str, str]]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return
    if isinstance(fields, dict) and isinstance(fields.get("pub_date"), str) and fields["pub_date"].strip():
        yield "parsely-pub-date", fields["pub_date"]
