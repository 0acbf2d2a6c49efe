"""A web that is a dictionary, for what needs answers and no network."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from records import InputError
from sources.web import Answer, Ask

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class FakeWeb:
    """Answers from a dictionary; whatever is not in it is 404. `asked` is what was asked, in order."""

    pages: dict[str, Answer | InputError] = field(default_factory=dict)
    asked: list[Ask] = field(default_factory=list)

    def serve(self, url: str, content: str | bytes, **given: Any) -> None:
        body = content.encode() if isinstance(content, str) else content
        plain = Answer(url=url, status=200, headers={}, content=body, fetched_at=NOW, asked_at=NOW)
        self.pages[url] = replace(plain, **given)

    async def get(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        answer = self.pages.get(ask.url, InputError("it is not there", stage="fetch", reason="http_404"))
        if isinstance(answer, InputError):
            raise answer
        if ask.etag and answer.headers.get("etag") == ask.etag:
            return replace(answer, status=304, content=b"")
        return answer

    @property
    def urls(self) -> list[str]:
        return [ask.url for ask in self.asked]
