"""What headers say, as they are written in the wild: senders, ids, charsets, encoded words."""

from __future__ import annotations

import base64

import pytest

from flows.sources.mailbox.charsets import decoded
from flows.sources.mailbox.headers import ids, words
from flows.sources.mailbox.senders import Sender, sender

ZOE = "=?utf-8?B?" + base64.b64encode("Zoé".encode()).decode() + "?="


@pytest.mark.parametrize(
    ("written", "name", "address", "account"),
    [
        ("Ann Example <Ann@Example.net>", "Ann Example", "ann@example.net", "ann@example.net"),
        ('"Example, Ann" <ann@example.net>, b@example.net', "Example, Ann", "ann@example.net", "ann@example.net"),
        ("ann@example.net (Ann (at home) E)", "Ann (at home) E", "ann@example.net", "ann@example.net"),
        ("ann at example.net (Ann)", "Ann", "ann@example.net", "ann@example.net"),
        (f"{ZOE} <z@example.net>", "Zoé", "z@example.net", "z@example.net"),
        ("=?iso-8859-1?Q?Zo=E9?= =?iso-8859-1?Q?_N?= <z@example.net>", "Zoé N", "z@example.net", "z@example.net"),
        ("a|n @end|ng |rom n (Ann)", "Ann", None, "a|n @end|ng |rom n"),
        ("Ann <>", "Ann", None, "ann"),
        ('"Ann \\"A\\" E" <ann@example.net', 'Ann "A" E', "ann@example.net", "ann@example.net"),
        ("undisclosed", "", None, "undisclosed"),
    ],
)
def test_senders_as_they_are_written(written: str, name: str, address: str | None, account: str) -> None:
    assert sender(written) == Sender(name, address, account)


@pytest.mark.parametrize("written", ["", "  ", "<>", "()"])
def test_nobody_is_no_sender(written: str) -> None:
    assert sender(written) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@x> <b@x>\n <a@x>", ["a@x", "b@x"]),
        ("<long\n\t id@x>", ["longid@x"]),
        ("a@x (Ann's message of Sat)", ["a@x"]),
        ('<a@x> (Ann\'s message of "Sat, 7 Jan 2023")', ["a@x"]),
        ("Your message of Monday", []),
    ],
)
def test_ids_as_they_are_written(value: str, expected: list[str]) -> None:
    assert ids(value) == expected


@pytest.mark.parametrize(
    ("content", "charset", "expected"),
    [
        ("réglé".encode("latin-1"), "iso-8859-1", "réglé"),
        ("10 €".encode("cp1252"), "iso-8859-1", "10 €"),
        ("réglé".encode(), "us-ascii", "réglé"),
        ("réglé".encode("cp1252"), "x-unknown", "réglé"),
        ("réglé".encode("cp1252"), None, "réglé"),
        ("繁體".encode("gb18030"), "gb2312", "繁體"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("réglé".encode("utf-16"), "utf-16", "réglé"),
        (b"x" * 9, "punycode", "x" * 9),
        (b"abc", "zlib", "abc"),
        ("Привет".encode("cp1251"), "windows1251", "Привет"),
        ("Привет".encode("cp1251"), "x-cp1251", "Привет"),
        ("สวัสดี".encode("cp874"), "windows-874", "สวัสดี"),
        ("שלום".encode("cp1255"), "iso-8859-8-i", "שלום"),
        ("日本".encode("cp932"), "x-sjis", "日本"),
        ("réglé".encode("cp1252"), "'windows-1252'", "réglé"),
        (b"abc", "\0", "abc"),
    ],
)
def test_charsets_of_the_wild(content: bytes, charset: str | None, expected: str) -> None:
    assert decoded(content, charset) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?Q?Carte_bloqu=C3=A9e?=", "Carte bloquée"),
        ("=?UTF-8?B?Q2FydGUg?=\n =?UTF-8?B?YmxvcXXDqWU=?=", "Carte bloquée"),
        ("=?utf-8?B?w?= =?utf-8?B?6k=?=", "=?utf-8?B?w?= =?utf-8?B?6k=?="),
        ("Carte bloqu\udce9e", "Carte bloquée"),
        ("Carte bloqu\udcc3\udca9e", "Carte bloquée"),
        ("=?nonsense?Q?abc?=", "abc"),
    ],
)
def test_encoded_and_raw_words(value: str, expected: str) -> None:
    assert words(value) == expected
