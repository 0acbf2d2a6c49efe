"""The local web as a fixture of tests."""

from collections.abc import Iterator

import pytest

from tests.web.server import Unavailable
from tests.web.world import LocalWeb
from tests.web.world import local_web as running


@pytest.fixture
def local_web(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalWeb]:
    """A web of some fifty sites on 127.0.1.N, good ones and bad ones, asked without any proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    try:
        with running() as web:
            yield web
    except Unavailable as error:
        pytest.skip(str(error))
