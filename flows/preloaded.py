"""Imported where worker processes are forked from, and nowhere else: what it loads, and silences, they share.

Parsers, tables and the model that tells languages take a second and 100 MB; forked processes have them at
once and together. What becomes of a page is said by its outcome: the terminal is spared what libraries say of
it, and what Python says of a worker that is ended while it starts.
"""

import gc
import os
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

os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

# A page, one without an article, plain text, and one whose encoding has to be guessed: each loads its own.
for _content in (
    _PAGE.encode(),
    b"<html></html>",
    (_SENTENCE * 5).encode(),
    ("<p>" + "\xc9l\xe8ve, fa\xe7on, d\xe9j\xe0 vu. " * 20).encode("latin-1"),
):
    read(
        Page(
            Candidate(uri="https://example.org/", source_id="", content=_content),
            read_at=datetime(2025, 11, 5, tzinfo=UTC),
        )
    )

gc.collect()
gc.freeze()  # or else the first collection of each worker would write into every page that they share
