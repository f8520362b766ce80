"""Mails of one Message-ID: copies are one mail, another mail is another."""

from __future__ import annotations

import mailbox as boxes
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import orjson

from flows.records import Json
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.source import Mailbox
from flows.warehouse.collecting import run_source
from flows.warehouse.known import latest_payload
from tests.helpers.house import House
from tests.sources.mailbox.reading import mail, on_disk

FIRST = {"Date": "Thu, 25 Jun 2026 10:00:00 +0200"}
LATER = {"Date": "Fri, 03 Jul 2026 10:00:00 +0200", "From": "Bob Example <bob@example.com>"}
ON_A_LIST = {"List_Id": "<dev.lists.example>", "List_Post": "<mailto:dev@lists.example>"}


def box(folder: Path, *mails: EmailMessage) -> Path:
    path = folder / "box.mbox"
    made = boxes.mbox(path)
    for one in mails:
        made.add(one)
    made.close()
    return path


def test_another_mail_under_a_known_message_id_is_another_message(tmp_path: Path) -> None:
    found = on_disk(
        box(tmp_path, mail("x", "Parcel 1 is late", **FIRST), mail("x", "Parcel 2 broke", **LATER))
    ).run()

    plain, other = found.ids
    assert plain == "x@example.net"
    assert other.startswith("x@example.net#")
    assert [found.mapped[one]["body"] for one in (plain, other)] == ["Parcel 1 is late", "Parcel 2 broke"]
    assert found.pages[-1].notes == ["1 mail: the Message-ID is another mail's: both are kept"]


def test_copies_are_one_mail_whatever_way_they_took(tmp_path: Path) -> None:
    copies = [mail("x", "One", **FIRST), mail("x", "One\n-- \nThe list's footer", **FIRST, **ON_A_LIST)]
    sent_again = mail("x", "One", Date=LATER["Date"])
    undated = mail("x", "Two", Date="", Received="from a by b; Mon, 29 Jun 2026 10:00:00 +0200")
    found = on_disk(box(tmp_path, *copies, sent_again, undated)).run()

    assert set(found.ids) == {"x@example.net"}


def test_a_draft_and_what_was_sent_are_one_mail(tmp_path: Path) -> None:
    desk = {"From": "desk@example.org"}
    found = on_disk(
        box(tmp_path, mail("x", "We lo", **FIRST | desk), mail("x", "We look for it", **LATER | desk)),
        own=["example.org"],
    ).run()

    assert found.ids == ["x@example.net"] * 2


def test_a_mail_has_one_id_in_whatever_run_it_is_read(tmp_path: Path, warehouse: House) -> None:
    first, later = mail("x", "Parcel 1 is late", **FIRST), mail("x", "Parcel 2 broke", **LATER)
    answer = mail(
        "y", "We look for it", In_Reply_To="<x@example.net>", From="desk@example.org",
        Date="Thu, 25 Jun 2026 11:00:00 +0200",
    )  # fmt: skip

    def collect(again: bool = False) -> Json:
        config = MailboxConfig(name="post", path=str(tmp_path / "box.mbox"), own=["example.org"], again=again)
        source = Mailbox(config)
        return {"counts": run_source(warehouse.connection, config, source).counts}

    box(tmp_path, first, answer)
    collect()
    box(tmp_path, later)
    collect()
    warehouse.refresh()

    stored = partial(latest_payload, warehouse.connection, "mailbox__messages", "mail")
    kept = stored("x@example.net")
    assert kept is not None
    assert kept["mapped"]["body"] == "Parcel 1 is late"
    assert warehouse.query(
        "select closing_kind, response_minutes::int from marts.fct_waits order by opened_at"
    ) == [
        ("answer", 60),
        (None, None),
    ]
    # And reading everything again changes nothing
    counts = collect(again=True)["counts"]
    assert (counts.new, counts.changed) == (0, 0)
    warehouse.assert_equals_rebuild()


def test_mails_among_colleagues_alone_are_told_since_nobody_waits_in_them(tmp_path: Path) -> None:
    own = {"From": "Zoe <zoe@example.org>", "To": "support@example.org"}
    mails = [
        mail(1, "A customer wrote me this", **own),
        mail(2, "Answer", **own, In_Reply_To="<1@example.net>"),
        mail(3, "To a customer", **own | {"Cc": "ann@example.net"}),
        mail(4, "A form's", **own | {"From": "form@example.org"}),
        mail(5, "A customer's", To="support@example.org"),
    ]
    found = on_disk(box(tmp_path, *mails), own=["example.org"], forms=["form@example.org"]).run()

    (note,) = [note for page in found.pages for note in page.notes]
    assert note.startswith("1 mail: from one of your own addresses to your own only")
    assert orjson.loads(found.records[0].content)["mapped"]["author_role_declared"] == "brand"
