"""From as it is written in the wild: the address is found wherever it stands, and two people stay two."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.sources.mailbox.senders import sender
from tests.sources.mailbox.reading import on_disk, raw, read_one

ANN = "ann@example.net"
FOUND = {
    "Martin, Ann <ann@example.net>": "Martin, Ann",
    "Martin; Ann <ann@example.net>": "Martin, Ann",
    "Dr. Martin, Ann, PhD <ann@example.net>": "Dr. Martin, Ann, PhD",
    '"Martin, Ann <ann@example.net>': "Martin, Ann",
    'Martin, Ann" <ann@example.net>': "Martin, Ann",
    "=?utf-8?Q?Martin=2C_Ann_=3Cann=40example.net=3E?=": "Martin, Ann",
    "=?utf-8?Q?Martin=2C?= Ann <ann@example.net>": "Martin, Ann",
    "Martin, =?utf-8?Q?Zo=C3=A9?= <ann@example.net>": "Martin, Zoé",
    '"=?utf-8?Q?Martin=2C_Ann?=" <ann@example.net>': "Martin, Ann",
    "Ann <=?utf-8?Q?ann=40example.net?=>": "Ann",
    "Team: ann@example.net, bob@example.net;": "",
    "Team: Ann <ann@example.net>;": "Ann",
    "Ann: <ann@example.net>": "Ann",
    "Ann <ann@example.net>, Bob <bob@example.net>": "Ann",
    "ann@example.net, Bob <bob@example.net>": "",
    "(Ann) ann@example.net": "Ann",
    "ann(a comment)@example.net": "a comment",
    "Ann (Sales, Paris) <ann@example.net>": "Ann (Sales, Paris)",
    "Ann (ann@example.com) <ann@example.net>": "Ann (ann@example.com)",
    "Ann (ann@example.net)": "Ann",
    "Ann [mailto:ann@example.net]": "Ann",
    "Ann [SMTP:ann@example.net]": "Ann",
    "Ann <mailto:Ann@Example.net>": "Ann",
    "Ann ann@example.net": "Ann",
    'Ann "ann@example.net"': "Ann",
    "<ann@example.net> Ann": "Ann",
    "Ann <<ann@example.net>>": "Ann",
    "<<ann@example.net>>": "",
    "Ann <ann@example.net": "Ann",
    "Ann <ann @ example.net>": "Ann",
    "Ann <ann@example.net.>": "Ann",
    "<@relay.example,@other.example:ann@example.net>": "",
    "ann@example.net <ann@example.net>": "",
    "'Ann' <ann@example.net>": "Ann",
    "support@example.org <ann@example.net>": "support@example.org",
    "=?utf-8?Q?support=40example.org?= <ann@example.net>": "support@example.org",
    "Jean DUPONT / Service <ann@example.net> (Paris)": "Jean DUPONT / Service",
}


@pytest.mark.parametrize("written", FOUND)
def test_the_address_is_found_wherever_it_stands(written: str) -> None:
    found = sender(written)

    assert found
    assert (found.address, found.written, found.name) == (ANN, ANN, FOUND[written])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ('"ann smith"@example.net', '"ann smith"@example.net'),
        ("O'Neil, Ann <ann.o'neil@example.net>", "ann.o'neil@example.net"),
        ("Ann <ann@[192.0.2.1]>", "ann@[192.0.2.1]"),
        ("用户 <用户@例子.广告>", "用户@例子.广告"),
        ('Ann <"/O=EXAMPLE/CN=ANN">', None),
        ("Undisclosed recipients:;", None),
        ("Ann", None),
    ],
)
def test_addresses_of_other_forms_and_what_is_none(written: str, address: str | None) -> None:
    found = sender(written)
    assert (found.address if found else None) == address


def test_two_customers_with_bare_commas_stay_two_and_are_answered(data: Path) -> None:
    mapped = on_disk(data / "cases" / "collectors" / "mail_from", own=["example.org"]).run().mapped

    assert {record_id: (one["account"], one.get("author_role_declared")) for record_id, one in mapped.items()} == {
        "c1@example.net": ("ann@example.net", None),
        "c2@example.net": ("bob@example.com", None),
        "c3@example.net": ("support@example.org", "brand"),
    }
    assert [one["display_name"] for one in mapped.values()] == ["Martin, Ann", "Martin, Bob", "Durand, Marie"]


def test_strangers_of_one_name_without_addresses_are_told_apart_by_whom_to_answer(tmp_path: Path) -> None:
    accounts = [
        next(iter(read_one(tmp_path, raw(From="Ann", Reply_To=f"{one}@example.net")).mapped.values()))["account"]
        for one in ("a", "b")
    ]
    assert accounts == ["a@example.net", "b@example.net"]


@given(st.text(alphabet="ab@.,;:<>()[]\"\\ =?'-", max_size=40) | st.text(max_size=40))
def test_any_header_is_a_sender_or_nobody(written: str) -> None:
    found = sender(written)
    assert found is None or found.written
    assert sender(f"{written}, Ann <ann@example.net>"), "the address at the end"
