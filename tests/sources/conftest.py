"""The web server that these tests ask."""

from tests.webserver import web

__all__ = ["web"]
