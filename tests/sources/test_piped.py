"""What comes through a pipe is JSON Lines or one document, by its first line."""

import gzip
import hashlib
import io

from sources.piped import candidates_of_stream


def read(content: bytes, max_bytes: int = 1_000, stream=None):
    return list(
        candidates_of_stream(
            stream or io.BytesIO(content), source_id="stdin", fetched_at=None, max_bytes=max_bytes
        )
    )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_text_is_one_document_known_by_its_hash():
    (found,) = read(b"First line.\n\nSecond.\n")
    assert found.content == b"First line.\n\nSecond.\n"
    assert found.uri == f"stdin:sha256={sha256(found.content)}"
    assert found.content_type is None


def test_json_lines_are_articles_known_by_their_address_or_hash():
    lines = b'{"text": "one"}\nbroken\n{"text": "two", "url": "http://e.org/"}\n{"path": "p.html"}\n'
    one, broken, two, three = read(lines)
    assert one.uri == f"stdin:sha256={sha256(b'one')}"
    assert (broken.uri, broken.reason) == ("stdin:#line=2", "bad_json")
    assert two.uri == "http://e.org/"
    assert three.path == "p.html"


def test_gzip_is_undone_in_both():
    assert [each.content for each in read(gzip.compress(b"Text\nmore"))] == [b"Text\nmore"]
    assert [each.content for each in read(gzip.compress(b'{"text": "1"}\n{"text": "2"}\n'))] == [b"1", b"2"]


def test_a_pretty_printed_object_is_one_document():
    (found,) = read(b'{\n  "text": "1"\n}\n')
    assert found.content.startswith(b"{")


def test_nothing_is_an_empty_document():
    (found,) = read(b"")
    assert found.content == b""


def test_too_much_is_refused_without_reading_on():
    endless = io.BytesIO(b"a" * 10**7)
    (refused,) = read(b"", stream=endless)
    assert (refused.outcome, refused.reason, refused.uri) == ("refused", "too_large", "stdin:")
    assert endless.tell() < 10**6
    (refused,) = read(b"line\n" * 201)
    assert refused.reason == "too_large"


def test_broken_gzip_and_a_broken_pipe_are_outcomes():
    (broken,) = read(gzip.compress(b"a" * 500)[:-4])
    assert (broken.outcome, broken.reason) == ("failed", "bad_gzip")

    class Broken:
        def readline(self, size: int) -> bytes:
            raise OSError(5, f"Input/output error on reading {size} bytes")

    (broken,) = read(b"", stream=Broken())
    assert (broken.outcome, broken.reason) == ("failed", "unreadable")
