"""Every date claim that a parsed page makes of itself: one module a basis, read one after another."""

from extractors.dates.jsonld import claims_of_jsonld
from extractors.dates.markup import claims_of_microdata, claims_of_time
from extractors.dates.meta import claims_of_meta
from extractors.dates.nodes import Element, language_of
from extractors.dates.url import claims_of_url
from extractors.dates.visible import claims_of_lines, near_headline
from records import DateClaim


def claims_of_page(tree: Element, url: str | None) -> tuple[DateClaim, ...]:
    """Return the date claims of a page: JSON-LD, meta, microdata, <time>, lines by the headline, the URL.

    Args:
        tree: the root element, as html.parse made it; it is left as it is.
        url: where the page was published; without it the page's own canonical address is taken.
    """
    language = language_of(tree)
    addresses = _addresses(tree, url)
    near = near_headline(tree)
    return (
        *claims_of_jsonld(tree, addresses=addresses, language=language),
        *claims_of_meta(tree, language=language),
        *claims_of_microdata(tree, language=language),
        *claims_of_time(tree, near=near, language=language),
        *claims_of_lines(near, language=language),
        *(claims_of_url(addresses[0]) if addresses else ()),
    )


def _addresses(tree: Element, url: str | None) -> tuple[str, ...]:
    """The page's own addresses, the one it was had from first."""
    canonical = tree.xpath("//link[contains(concat(' ', @rel, ' '), ' canonical ')]/@href")
    opengraph = tree.xpath("//meta[@property='og:url']/@content")
    known = (url or "", *canonical[:1], *opengraph[:1])
    return tuple(dict.fromkeys(str(address).strip() for address in known if address and str(address).strip()))
