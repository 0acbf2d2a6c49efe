"""What bytes are: HTML, plain text, or something that is refused by its name."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractors.decode import Decoded, decode
from records import InputError

SENTENCE = "The council met on Tuesday and voted to mend the bridge.\n"


def refusal(content: bytes, content_type: str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        decode(content, content_type)
    assert caught.value.stage == "extract"
    assert caught.value.refused
    return caught.value


@pytest.mark.parametrize(
    ("content", "reason", "word"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "pdf", "pdftotext"),
        (b"\n%PDF-1.4 after a blank line", "pdf", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image", "JPEG"),
        (b"GIF89a\x01\x00\x01\x00\x80", "image", "GIF"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image", "WebP"),
        (b"BM\x36\x00\x0c\x00\x00\x00\x00\x006\x00\x00\x00", "image", "BMP"),
        (b"\x00\x00\x00 ftypavif\x00\x00\x00\x00", "image", "AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><text>x</text></svg>", "image", "SVG"),
        (b"\x00\x00\x00 ftypmp42\x00\x00\x00\x00", "video", "MP4"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82", "video", "WebM"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x23", "audio", "MP3"),
        (b"RIFF\x24\x08\x00\x00WAVEfmt ", "audio", "audio"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00notes.txt", "archive", "unpack"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "archive", "gzip"),
        (b"\xfd7zXZ\x00\x00\x04", "archive", "xz"),
        (b"BZh91AY&SY\x0b", "archive", "bzip2"),
        (b"notes.txt".ljust(257, b"\x00") + b"ustar\x0000", "archive", "tar"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n", "archive", "WARC"),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "document", "save it as"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "document", "save it as"),
        (b"{\\rtf1\\ansi The council met.}", "document", "RTF"),
        (b"SQLite format 3\x00\x10\x00", "database", "SQLite"),
        (b"\x00" * 8 + b"DUCK\x40\x00", "database", "DuckDB"),
        (b"\x7fELF\x02\x01\x01\x00", "binary", "program"),
        (b"\x00" * 4096, "binary", "not text"),
        (bytes(range(256)) * 16, "binary", "not text"),
        (b"\xff" * 4096, "binary", "not text"),
        (b"", "empty", "no text"),
        (b" \r\n\t\n", "empty", "no text"),
        (b"\xef\xbb\xbf", "empty", "no text"),
        (b"\xff\xfe\x20\x00\x0a\x00", "empty", "no text"),
        ("\u00a0\u200b\n".encode(), "empty", "no text"),
        (
            b'<?xml version="1.0"?>\n<!-- made by hand -->\n<rss version="2.0"><channel/></rss>',
            "feed",
            "feed",
        ),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', "feed", "pages"),
        (b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "rss.dtd"><rss/>', "feed", "feed"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "feed", "sitemap"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feed", "feed"),
        (
            b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><b>&b;</b>',
            "unsafe",
            "XML",
        ),
    ],
)
def test_what_is_no_article_is_refused_by_its_name_with_a_remedy(content, reason, word):
    error = refusal(content)
    assert error.reason == reason
    assert word in str(error)
    assert ";" in str(error), "what it is; what to do"


def test_a_picture_is_refused_whatever_it_is_called():
    assert refusal(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "text/html; charset=utf-8").reason == "image"


@pytest.mark.parametrize(
    "text",
    [
        "BMW and its unions agree on a shorter week.",
        "MZ Motorräder kehrt nach Zschopau zurück.",
        "PK is short for Pressekonferenz in German newsrooms.",
        "ID3 tags explained: how a song knows its name.",
        "GIF turns thirty, and nobody agrees how to say it.",
        "feed prices rise as the drought goes on.",
        "{curly} brackets open this sentence.",
        "WARC is the format that archives keep the web in.",
    ],
)
def test_a_text_that_begins_like_a_file_format_is_a_text(text):
    assert decode(text.encode()).media == "text"


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><title>x</title>words",
        "\n\n  <html><body>words</body></html>",
        '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><p>words</p></html>',
        "<!-- saved from url=(0014)about:internet -->\n<html><p>words</html>",
        "<article>words</article>",
        "<p>One paragraph.</p>",
        "<div><span>words",
        "<b>Harbour.</b> The wall is to be raised.",
        "Warning: something is deprecated on line 12\n<!doctype html>\n<html><body>words</body></html>",
        "First sentence.<br><br>Second sentence.<br/><br/>Third sentence.",
        "A paragraph without its opening tag.</p>\n<p>Another one.</p>\n<p>And a third.</p>",
    ],
)
def test_markup_is_html_without_being_told(text):
    assert decode(text.encode()).media == "html"


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "In HTML a paragraph begins with <p> and ends with </p>, which nobody need write.\n" + SENTENCE * 20,
        "<p> is the most common tag of all.",
        "a < b and b > c, so nothing follows.",
        "<john@mail.example> wrote:\n> the bridge is shut\n",
        "The page said <script> and </script>, and <br>, and no more.\n" + SENTENCE * 30,
    ],
)
def test_a_text_that_mentions_a_tag_is_a_text(text):
    assert decode(text.encode()).media == "text"


def test_the_declared_type_decides_where_the_text_itself_does_not():
    text = b"The council met <i>twice</i> on Tuesday."
    assert decode(text).media == "text"
    assert decode(text, "text/html").media == "html"
    assert decode(text, "application/xhtml+xml; charset=utf-8").media == "html"


def test_a_text_without_any_tag_is_a_text_even_where_html_was_declared():
    assert decode(SENTENCE.encode(), "text/html").media == "text"


def test_a_page_is_html_even_where_plain_text_was_declared():
    assert decode(b"<!doctype html><p>words</p>", "text/plain").media == "html"


def test_lines_end_in_a_newline_however_they_ended():
    assert decode(b"one\r\ntwo\rthree\nfour\n").text == "one\ntwo\nthree\nfour\n"


def outcome(content: bytes, content_type: str | None) -> Decoded | str:
    try:
        return decode(content, content_type)
    except InputError as error:
        return error.reason


def test_decoding_needs_no_parser_no_extractor_and_no_language_model():
    heavy = "{'lxml', 'trafilatura', 'py3langid', 'numpy', 'chardet'}"
    code = f"import sys, extractors.decode; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@given(
    st.binary(max_size=400),
    st.sampled_from([None, "text/html", "text/plain; charset=utf-16", "x; charset=?"]),
)
@example(b"\xff\xfe\x00", None)
@example(b"<!DOCTYPE [", None)
@example(b"<?xml", "text/html")
def test_any_bytes_are_decoded_or_refused_and_the_same_way_twice(content, content_type):
    first = outcome(content, content_type)
    assert outcome(content, content_type) == first
    if not isinstance(first, str):
        assert "\r" not in first.text
        assert "\0" not in first.text
        first.text.encode("utf-8")
