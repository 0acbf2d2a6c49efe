"""Bytes to text: who is believed about an encoding, in which order, and what is done with broken bytes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.charsets import read
from extractors.decode import decode
from records import InputError

GERMAN = (
    "Die Brücke über die Förde bleibt bis März gesperrt, teilte die Behörde mit. Fußgänger müssen warten. "
)
RUSSIAN = "Мост через реку закрыт до марта, сообщила администрация города. Пешеходам придётся подождать. "
JAPANESE = "市は川に架かる橋を三月まで閉鎖すると発表した。歩行者は待たなければならない。"
CHINESE = "市政府宣布大桥将关闭至三月，行人需要等待。这是十年来第一次关闭。"
CHARSETS = Path(__file__).parents[3] / "shared" / "inputs" / "charsets"


def page(text: str, charset: str | None = None) -> str:
    declared = f'<meta charset="{charset}">' if charset else ""
    return (
        f"<!doctype html><html><head>{declared}<title>x</title></head><body><p>{text * 5}</p></body></html>"
    )


@pytest.mark.parametrize(
    ("codec", "mark", "name"),
    [
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16le"),
        ("utf-16-be", b"\xfe\xff", "utf-16be"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "utf-32-le"),
        ("utf-32-be", b"\x00\x00\xfe\xff", "utf-32-be"),
    ],
)
def test_a_byte_order_mark_beats_every_declaration(codec, mark, name):
    content = mark + page(GERMAN, "iso-8859-1").encode(codec)
    assert read(content, "text/html; charset=koi8-r", markup=True) == (page(GERMAN, "iso-8859-1"), name)


@pytest.mark.parametrize(
    ("label", "codec", "name", "text"),
    [
        ("ISO-8859-1", "cp1252", "windows-1252", GERMAN + "„Ja“, sagte sie – 5 €."),
        ("latin1", "cp1252", "windows-1252", GERMAN),
        ("us-ascii", "cp1252", "windows-1252", GERMAN),
        (
            "ISO-8859-9",
            "cp1254",
            "windows-1254",
            "Köprü mart ayına kadar kapalı, yayalar beklemek zorunda… şğı",
        ),
        ("iso-8859-2", "iso8859_2", "iso-8859-2", "Most přes řeku zůstane uzavřen do března, oznámil úřad."),
        ("windows-1251", "cp1251", "windows-1251", RUSSIAN),
        ("koi8-r", "koi8_r", "koi8-r", RUSSIAN),
        ("x-mac-cyrillic", "mac_cyrillic", "x-mac-cyrillic", RUSSIAN),
        ("gb2312", "gb18030", "gb18030", CHINESE + "镕€"),
        ("GBK", "gb18030", "gb18030", CHINESE),
        ("Shift_JIS", "cp932", "shift_jis", JAPANESE + "①②㈱髙"),
        ("x-sjis", "shift_jis", "shift_jis", JAPANESE),
        ("EUC-JP", "euc_jp", "euc-jp", JAPANESE),
        ("iso-2022-jp", "iso2022_jp", "iso-2022-jp", JAPANESE),
        ("ks_c_5601-1987", "cp949", "euc-kr", "다리는 삼월까지 폐쇄된다고 시가 밝혔다. 똠방각하 펲시콜라"),
        ("Big5", "cp950", "big5", "市政府宣布大橋將關閉至三月，行人需要等待。"),
        ("TIS-620", "cp874", "windows-874", "สะพานจะปิดจนถึงเดือนมีนาคม"),
    ],
)
def test_a_declared_label_means_what_browsers_take_it_for(label, codec, name, text):
    content = text.encode(codec)
    assert read(content, f"text/plain; charset={label}", markup=False) == (text, name)
    assert read(content, f'text/plain; charset="{label.upper()}"', markup=False) == (text, name)


def test_what_the_server_declared_beats_what_the_page_says():
    content = page(GERMAN, "koi8-r").encode("cp1252")
    assert read(content, "text/html; charset=windows-1252", markup=True)[1] == "windows-1252"


def test_what_the_page_says_is_believed_where_nothing_else_was_declared():
    content = page(RUSSIAN, "windows-1251").encode("cp1251")
    assert read(content, markup=True) == (page(RUSSIAN, "windows-1251"), "windows-1251")
    xml = f"<?xml version='1.0' encoding='koi8-r'?><html>{RUSSIAN}</html>"
    assert read(xml.encode("koi8-r"), "text/html", markup=True) == (xml, "koi8-r")


def test_the_old_way_to_declare_in_a_page_is_read_too():
    old = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>'
    assert read((old + RUSSIAN).encode("cp1251"), markup=True)[1] == "windows-1251"


def test_a_declaration_in_a_comment_declares_nothing():
    text = f'<html><!-- <meta charset="koi8-r"> --><meta charset="windows-1251">{RUSSIAN}'
    assert read(text.encode("cp1251"), markup=True) == (text, "windows-1251")


def test_a_plain_text_that_mentions_a_declaration_declares_nothing():
    text = f"<meta charset=koi8-r> was what they wrote. {RUSSIAN * 5}"
    assert read(text.encode("cp1251"), markup=False) == (text, "windows-1251")


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "gb2312"])
def test_a_page_transcoded_to_utf8_is_utf8_whatever_its_meta_still_says(label):
    assert read(page(GERMAN, label).encode(), markup=True) == (page(GERMAN, label), "utf-8")


def test_a_page_that_says_utf8_and_is_has_two_witnesses_against_the_server():
    text = page(GERMAN, "utf-8")
    assert read(text.encode(), "text/html; charset=iso-8859-1", markup=True) == (text, "utf-8")


def test_a_declared_charset_that_can_read_the_bytes_is_not_second_guessed():
    text = "MÃ¼ller is how a broken page spells Müller."
    assert read(text.encode("cp1252"), "text/plain; charset=windows-1252", markup=False)[0] == text


@pytest.mark.parametrize(
    "label", ["utf-16", "no-such-charset", "base64", "rot13", "unicode_escape", "utf-7", "../x", ""]
)
def test_a_label_that_cannot_be_true_or_means_nothing_is_passed_over(label):
    assert read(page(GERMAN, label).encode(), markup=True) == (page(GERMAN, label), "utf-8")


def test_a_declaration_that_the_bytes_contradict_is_passed_over():
    assert read((RUSSIAN * 5).encode("cp1251"), "text/plain; charset=utf-8", markup=False)[0] == RUSSIAN * 5


def test_utf8_with_a_broken_byte_stays_utf8_and_shows_where_it_broke():
    content = (GERMAN * 3).encode()[:40] + b"\xe9" + (GERMAN * 3).encode()[40:]
    text, name = read(content, "text/plain; charset=utf-8", markup=False)
    assert name == "utf-8"
    assert text.replace("\ufffd", "") == GERMAN * 3
    assert text.count("\ufffd") == 1


def test_a_declared_charset_with_a_broken_byte_is_still_used():
    broken = (CHINESE * 5).encode("gb18030") + b"\xff" + CHINESE.encode("gb18030")
    text, name = read(broken, "text/html; charset=gbk", markup=True)
    assert name == "gb18030"
    assert CHINESE * 5 in text


def test_a_character_cut_off_at_the_end_is_dropped():
    assert read("Kraków – Łódź".encode()[:-1], markup=False) == ("Kraków – Łód", "utf-8")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", GERMAN + "„Ja“, sagte sie – und ging. "),
        ("cp1251", RUSSIAN),
        ("koi8_r", RUSSIAN),
        ("cp932", JAPANESE),
        ("euc_jp", JAPANESE),
        ("iso2022_jp", JAPANESE),
        ("gb18030", CHINESE),
        ("utf-16-le", GERMAN),
        ("utf-16-be", RUSSIAN),
        ("utf-32-le", GERMAN),
    ],
)
@pytest.mark.parametrize("markup", [False, True])
def test_what_nobody_declared_is_guessed(codec, text, markup):
    whole = page(text) if markup else text * 5
    assert read(whole.encode(codec), markup=markup)[0] == whole


def test_a_guess_looks_at_the_words_and_not_at_the_markup():
    clutter = "<div class='row'><span class='col'></span><script>var a = 1 < 2;</script></div>\n" * 2000
    text = f"<html><body>{clutter}<p>{GERMAN}„Ja“, sagte sie.</p></body></html>"
    assert read(text.encode("cp1252"), markup=True)[0] == text


def test_a_stray_nul_is_dropped_and_many_are_no_text():
    assert read(b"x" * 2000 + b"\0" + b"y", markup=False)[0] == "x" * 2000 + "y"
    with pytest.raises(InputError, match="not text"):
        read(b"x\0y\0\0z" * 50, markup=False)


def test_a_sentence_with_control_characters_is_still_text():
    text = "Before \x01\x02\x03\x04\x05\x06\x07\x08 after, and more words follow."
    assert read(text.encode(), markup=False)[0] == text


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.sampled_from(["utf-8", "gb18030"])
)
def test_a_declared_encoding_of_all_characters_gives_every_text_back(text, label):
    assert read(text.encode(label), f"text/plain; charset={label}", markup=False)[0] == text.removeprefix(
        "\ufeff"
    )


@pytest.mark.skipif(not CHARSETS.is_dir(), reason="the reference files are not here")
def test_nineteen_of_twenty_reference_files_decode_as_their_encoding_does():
    right: list[str] = []
    wrong: list[str] = []
    for file in sorted(CHARSETS.glob("*/*")):
        if file.parent.name == "None":
            continue
        content = file.read_bytes()
        text, name = read(content, markup=content.lstrip()[:1] == b"<")
        expected = content.decode(file.parent.name).removeprefix("\ufeff")
        (right if text == expected else wrong).append(f"{file.parent.name}/{file.name} read as {name}")
    assert len(right) >= 0.95 * (len(right) + len(wrong)), wrong


@pytest.mark.skipif(not CHARSETS.is_dir(), reason="the reference files are not here")
def test_the_reference_files_that_are_no_text_are_refused():
    for file in sorted((CHARSETS / "None").iterdir()):
        with pytest.raises(InputError):
            decode(file.read_bytes())
