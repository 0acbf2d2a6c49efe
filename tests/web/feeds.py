"""Feeds of the local web in every format: RSS 0.91, 0.92 and 2.0, RDF, Atom, JSON Feed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from tests.web.pages import Story


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed: the link as the feed writes it, the story behind it, an id of the feed's own."""

    link: str
    story: Story
    guid: str | None = None
    full: bool = False

    @property
    def updated(self) -> datetime:
        """When it was last changed."""
        return self.story.updated or self.story.published


def rss(
    items: Sequence[Item], *, site: str, version: str = "2.0", channel: str = "", permalinks: bool = False
) -> str:
    """RSS 2.0 with the media, Dublin Core and content extensions; 0.91 and 0.92 without them and dates."""
    entries = "\n".join(_rss_item(item, plain=version != "2.0", permalink=permalinks) for item in items)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="{version}" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>News of {escape(site)}</title><link>{escape(site)}</link>
<description>All there is.</description><language>en</language>{channel}
{entries}
</channel></rss>
"""


def _rss_item(item: Item, *, plain: bool, permalink: bool) -> str:
    parts = [f"<title>{escape(item.story.title, quote=False)}</title>"]
    if not permalink:
        parts.append(f"<link>{escape(item.link)}</link>")
    parts.append(f"<description>{escape(item.story.paragraphs[0])}</description>")
    if not plain:
        parts += [
            f"<pubDate>{format_datetime(item.story.published)}</pubDate>",
            f"<dc:creator>{escape(item.story.author)}</dc:creator>",
            '<media:content url="/picture.png" medium="image" type="image/png"/>',
        ]
        if item.story.updated:
            parts.append(f"<atom:updated>{item.story.updated.isoformat()}</atom:updated>")
        if permalink:
            parts.append(f'<guid isPermaLink="true">{escape(item.link)}</guid>')
        elif item.guid:
            parts.append(f'<guid isPermaLink="false">{escape(item.guid)}</guid>')
        if item.full:
            body = "".join(f"<p>{escape(each, quote=False)}</p>" for each in item.story.paragraphs)
            parts.append(f"<content:encoded><![CDATA[{body}]]></content:encoded>")
    return f"<item>{''.join(parts)}</item>"


def rdf(items: Sequence[Item], *, site: str) -> str:
    """RSS 1.0: the items stand beside the channel, which lists them."""
    listed = "".join(f'<rdf:li rdf:resource="{escape(item.link)}"/>' for item in items)
    entries = "\n".join(
        f'<item rdf:about="{escape(item.link)}"><title>{escape(item.story.title, quote=False)}</title>'
        f"<link>{escape(item.link)}</link><dc:date>{item.story.published.isoformat()}</dc:date></item>"
        for item in items
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="{escape(site)}"><title>News of {escape(site)}</title><link>{escape(site)}</link>
<description>All there is.</description><items><rdf:Seq>{listed}</rdf:Seq></items></channel>
{entries}
</rdf:RDF>
"""


def atom(items: Sequence[Item], *, site: str, next_url: str | None = None) -> str:
    """Atom 1.0; links may be relative to the feed's xml:base, which is the site."""
    entries = "\n".join(
        f"<entry><id>{escape(item.guid or item.link)}</id>"
        f'<title type="text">{escape(item.story.title, quote=False)}</title>'
        f'<link rel="alternate" type="text/html" href="{escape(item.link)}"/>'
        f"<author><name>{escape(item.story.author)}</name></author>"
        f"<published>{item.story.published.isoformat()}</published><updated>{item.updated.isoformat()}</updated>"
        f"<summary>{escape(item.story.paragraphs[0], quote=False)}</summary></entry>"
        for item in items
    )
    latest = max(item.updated for item in items).isoformat()
    following = f'<link rel="next" href="{escape(next_url)}"/>' if next_url else ""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="{escape(site)}">
<id>{escape(site)}</id><title>News of {escape(site)}</title><updated>{latest}</updated>
<link rel="alternate" href="{escape(site)}"/>{following}
{entries}
</feed>
"""


def json_feed(items: Sequence[Item], *, site: str, next_url: str | None = None) -> str:
    """JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"News of {site}",
        "home_page_url": site,
        "language": "en",
        "items": [
            {
                "id": item.guid or item.link,
                "url": item.link,
                "title": item.story.title,
                "summary": item.story.paragraphs[0],
                "date_published": item.story.published.isoformat(),
                "date_modified": item.updated.isoformat(),
                "authors": [{"name": item.story.author}],
            }
            for item in items
        ],
    }
    return json.dumps(feed | ({"next_url": next_url} if next_url else {}))
