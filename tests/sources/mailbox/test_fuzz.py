"""Whatever bytes come, each mail is a record or a reject with a reason: real mails, mutated."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.sources.mailbox.batch import Batch, Task
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.mapping import Found
from flows.sources.mailbox.mbox import pieces
from tests.sources.mailbox.reading import NOW, mail, on_disk, raw

CONFIG = MailboxConfig(name="post", path="x", own=["example.org"], forms=["form@example.org"], receiver="mx")
REASONS = {"no sender", "no date", "date in the future", "not a mail"}
SPLICES = [
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\r\n\r\n", b"\n\n", b"\n ", b"=?utf-8?B?w?=", b"=?x?Q?=E9?=",
    b"<", b">", b'"', b"(", b",", b"\nContent-Type: multipart/mixed; boundary=x\n", b"\n--x\n", b"\n--x--\n",
    b"\nContent-Transfer-Encoding: base64\n", b"\nContent-Transfer-Encoding: x-uuencode\n", b"=", b"begin 644 a\nM",
    b"\nContent-Type: text/html; charset=utf-7\n", b"\nContent-Type: text/plain; charset*0*=x''%ff; charset*1=y\n",
    b"\nDate: Thu, 99 Foo 99999 99:99:99 +9999\n", b"\nReferences: <\n", b"\nMessage-ID: <>\n", b"\nFrom: @\n",
    b"<blockquote>" * 50, b"<a" * 300, b"> " * 100, b"On 1 Jan 2026 x wrote:\n", b"-- \n", b"\nReceived: ;\n",
    b"\nContent-Disposition: attachment; filename*=utf-8''%\n", b"\nContent-Type: message/rfc822\n\n",
    b"\nFrom: a@b\n" * 50, b"\nAuthentication-Results: mx; dmarc=pass\n", b"\xe2\x80\xa8", b"&#xd800;", b"&#0;",
]  # fmt: skip


def seeds(data: Path | None) -> list[bytes]:
    """Mails to begin with: the real ones where they are, and some of ours."""
    made = mail(1, "Bonjour\n> x\n-- \nAnn", In_Reply_To="<p@x>", References="<r@x> <p@x>")
    made.add_alternative("<p>Bonjour</p><blockquote>x</blockquote>", subtype="html")
    made.add_attachment(b"abc", maintype="image", subtype="png", filename="é.png")
    found = [made.as_bytes(), raw(), raw(Content_Type="text/html; charset=iso-8859-1")]
    if data:
        found += [path.read_bytes()[:20_000] for path in sorted((data / "mail").rglob("*.eml"))]
    return found


def mutated(content: bytes, chance: random.Random) -> bytes:
    mail = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, min(len(mail), 2_000))
        kind = chance.randint(0, 4)
        if kind == 0:
            mail[at:at] = chance.choice(SPLICES)
        elif kind == 1:
            del mail[at : at + chance.randint(1, 300)]
        elif kind == 2:
            mail[at : at + 1] = bytes([chance.randint(0, 255)])
        elif kind == 3:
            mail[at:at] = mail[chance.randint(0, len(mail)) :][: chance.randint(1, 400)]
        else:
            del mail[chance.randint(0, len(mail)) :]
    return bytes(mail)


def check(content: bytes) -> str:
    """Take a mail as a run does; return the reason of its reject, or nothing."""
    batch = Batch(Task(CONFIG, "mail", NOW), {})
    started = time.process_time()
    record = batch.take(Found(content), "here")

    assert time.process_time() - started < 20
    assert len(batch.records) + len(batch.rejects) == 1
    if record is None:
        reject = batch.rejects[0]
        assert reject.reason in REASONS, (reject.reason, reject.detail)
        assert (reject.content, bool(reject.detail)) == (content, True)
        return reject.reason
    mapped = orjson.loads(record.content)["mapped"]
    assert mapped["account"]
    assert mapped["channel"]
    assert mapped["posted_at"].endswith("+00:00")
    assert record.record_id
    assert len(record.record_id.encode()) <= 500
    assert all("\0" not in text for text in texts(orjson.loads(record.content)))
    return ""


def texts(value: Any) -> Iterator[str]:
    """Every text in a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def fuzz(data: Path | None, count: int) -> dict[str, int]:
    start = seeds(data)
    outcomes: dict[str, int] = {}
    for number in range(count):
        chance = random.Random(number)
        reason = check(mutated(chance.choice(start), chance))
        outcomes[reason] = outcomes.get(reason, 0) + 1
    return outcomes


def test_two_thousand_mutated_mails_are_records_or_rejects() -> None:
    outcomes = fuzz(None, 2_000)

    assert sum(outcomes.values()) == 2_000
    assert outcomes[""] > 500
    assert set(outcomes) >= {"", "no sender", "no date", "not a mail"}


@pytest.mark.slow
def test_ten_thousand_mutated_real_mails_are_records_or_rejects(data: Path) -> None:
    outcomes = fuzz(data, 10_000)

    assert sum(outcomes.values()) == 10_000
    assert outcomes[""] > 4_000


PIECES = st.one_of(
    st.sampled_from(SPLICES),
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda x: x.encode("utf-8", "replace")),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=12).map(b"".join), st.lists(PIECES, max_size=12).map(b"".join))
def test_any_bytes_are_a_record_or_a_reject(head: bytes, body: bytes) -> None:
    check(head + body)
    check(b"From: a@example.net\nDate: Mon, 02 Nov 2026 10:00:00 +0100\nSubject: " + head + b"\n\n" + body)


@pytest.mark.parametrize(
    "content",
    [
        raw("\n--x\nContent-Type: multipart/mixed; boundary=x\n" * 900, Content_Type="multipart/mixed; boundary=x"),
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(900)),
        raw(References="<a@x> " * 50_000),
        raw(From='"' + "a" * 500_000),
        raw(From="(" * 100_000),
        raw(To=", " * 200_000),
        raw(Subject="=?utf-8?Q?" + "a" * 400_000),
        raw(Subject="=?utf-8?Q?a?= " * 20_000),
        raw(Content_Type="text/html", body="<blockquote>" * 4_000),
        raw(Content_Type="text/html", body="<div>" * 100_000),
        raw(body="> \n" * 100_000, In_Reply_To="<a@x>"),
        raw(body="--\n> \n" * 10_000, In_Reply_To="<a@x>"),
        raw(Content_Type="text/plain; " + "; ".join(f"a*{n}=x" for n in range(9_000))),
    ],
)  # fmt: skip
def test_mails_made_to_take_long_or_nest_deep(content: bytes) -> None:
    batch = Batch(Task(CONFIG, "mail", NOW), {})
    started = time.process_time()

    batch.take(Found(content), "here")

    assert time.process_time() - started < 200
    assert len(batch.records) + len(batch.rejects) == 1


def test_every_byte_of_a_mutated_mbox_is_in_a_mail(tmp_path: Path) -> None:
    box = b"".join(b"From a Mon Nov  2 10:00:00 2026\n" + one + b"\n\n" for one in seeds(None) * 3)
    path = tmp_path / "box.mbox"
    for number in range(60):
        content = mutated(box, random.Random(number))
        path.write_bytes(content)
        found = list(pieces(path, 0, 10_000_000))
        ran = on_disk(path).run()

        assert [piece.begins for piece in found] == [0, *(piece.ends for piece in found[:-1])]
        assert found[-1].ends == len(content)
        assert not ran.error
        assert len(ran.records) + len(ran.rejects) == len(found)
