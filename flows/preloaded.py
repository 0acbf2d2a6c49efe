"""Imported where worker processes are forked from: it reads two texts, so that workers share what that loads.

Parsers, tables and the model that tells languages take a second and 100 MB; forked processes have them at
once and together.
"""

from datetime import UTC, datetime

from flows.reading import Page, read
from records import Candidate

_SENTENCE = "The council of the town met on Tuesday and voted for a new bridge over the river. "
_PAGE = (
    '<html lang="en"><head><title>A bridge</title><script type="application/ld+json">'
    '{"@type": "NewsArticle", "datePublished": "2025-11-04T10:15:00Z"}</script></head><body><article>'
    f"<h1>A bridge</h1><p>By Ann Writer</p><p>{_SENTENCE * 3}</p><p>{_SENTENCE * 3}</p>"
    "</article></body></html>"
)

for _content in (_PAGE, _SENTENCE * 5):
    read(
        Page(
            Candidate(uri="https://example.org/", source_id="", content=_content.encode()),
            read_at=datetime(2025, 11, 5, tzinfo=UTC),
        )
    )
