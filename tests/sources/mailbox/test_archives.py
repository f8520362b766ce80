"""Every file of real mails, against another reading of them: mailbox and regular expressions in place of ours."""

from __future__ import annotations

import email
import mailbox
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from flows.sources.mailbox.config import MailboxConfig
from flows.sources.registry import open_source
from flows.warehouse.collecting import run_source
from tests.helpers.house import House
from tests.sources.mailbox.reading import on_disk

ARCHIVES = {
    "r-help_2023-January.mbox": 118,
    "r-help_2023-July.mbox": 80,
    "apache/jetspeed-user.portals.apache.org-27090.eml": 1,
    "apache/n47hcfdt6z70tqxvnhgn3zrdwqgg36yl.mbox": 1,
    "apache/users.kafka.apache.org-43276.eml": 1,
    "apache/users_ponymail_apache_org_2019-09.mbox": 4,
    "apache/users_ponymail_apache_org_2022-01.mbox": 6,
}
# Mails that lack what a record needs, and files of the samples that are no mails.
REJECTED = {"standard_replies__outlook.eml": "no date"}


@dataclass(frozen=True)
class Expected:
    """A mail as another reader has it."""

    account: str
    posted_at: datetime
    parent: str | None
    references: list[str]
    words: list[str]


def messages(path: Path) -> Iterator[Message]:
    if path.suffix == ".mbox":
        with closing(mailbox.mbox(path, create=False)) as box:
            yield from box
    else:
        yield email.message_from_bytes(path.read_bytes())


def expected(message: Message) -> Expected:
    sender = " ".join(str(message["From"]).split())
    found = re.search(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", sender)
    account = found.group() if found else re.sub(r"\s*\(.*\)$", "", sender)
    own = str(message["Message-ID"])
    references = [x for x in re.findall(r"<[^<>]*>", str(message["References"] or "")) if x != own]
    answered = re.findall(r"<[^<>]*>", str(message["In-Reply-To"] or ""))
    parent = (references or answered[:1] or [None])[-1]
    said = parsedate_to_datetime(str(message["Date"]))  # without a zone where it says -0000: UTC, place unknown
    posted_at = said.replace(tzinfo=said.tzinfo or UTC).astimezone(UTC)
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    content = text.get_payload(decode=True)
    assert isinstance(content, bytes)
    words = re.findall(r"\w+", content.decode(text.get_content_charset("latin-1")))
    return Expected(
        account.lower(), posted_at, parent and parent[1:-1], [x[1:-1] for x in references + answered], words
    )


def own_id(message: Message) -> str:
    found = re.search(r"<([^<>]*)>", str(message["Message-ID"]))
    assert found
    return re.sub(r"\s", "", found.group(1))


@pytest.mark.clock
@pytest.mark.parametrize("name", ARCHIVES)
def test_every_mail_of_an_archive_is_a_record_as_another_reader_has_it(data: Path, name: str) -> None:
    path = data / "mail" / name
    mails = {own_id(one): expected(one) for one in messages(path)}

    ran = on_disk(path).run()

    assert len(mails) == len(ran.records) == ARCHIVES[name]
    assert ran.rejects == []
    assert set(ran.ids) == set(mails)
    for record_id, mapped in ran.mapped.items():
        other = mails[record_id]
        text = "\n".join(text for _, text in ran.payloads[record_id]["mail"]["text"])
        assert mapped["account"] == other.account
        assert datetime.fromisoformat(mapped["posted_at"]) == other.posted_at
        assert mapped.get("parent") == other.parent
        assert re.findall(r"\w+", text) == other.words
        assert mapped["channel"] == ("mailing_list" if name.startswith("apache/") else "mail")


def test_samples_of_replies_are_records_or_rejects_with_a_reason(data: Path) -> None:
    folder = data / "mail" / "quoted_replies"
    mails = {path.name for path in folder.glob("*.eml")}
    others = {path.name for path in folder.iterdir()} - mails

    ran = on_disk(folder).run()

    rejected = {reject.locator.rpartition("/")[2]: reject.reason for reject in ran.rejects}
    assert rejected == REJECTED | dict.fromkeys(others, "not a mail")
    assert len(ran.records) == len(mails) - len(REJECTED)
    assert all(
        (folder / reject.locator.rpartition("/")[2]).read_bytes() == reject.content for reject in ran.rejects
    )


def test_threads_in_the_marts_are_those_of_references(warehouse: House, data: Path) -> None:
    config = MailboxConfig(name="lists", path=str(data / "mail"))
    counts = run_source(warehouse.connection, config, open_source(config)).counts
    warehouse.refresh()
    mails = {own_id(one): expected(one) for name in ARCHIVES for one in messages(data / "mail" / name)}

    # No id of the marts holds a Message-ID: they are those of the archives by their keyed hash.
    opaque = warehouse.query(
        "select identity.opaque_id('mail', id), id from unnest(%s::text[]) as m (id)", list(mails)
    )
    native = dict(opaque)
    found: dict[str, set[str]] = {}
    for thread, message in warehouse.query("select thread_id, message_id from marts.fct_messages"):
        found.setdefault(thread, set()).add(native.get(message, message))

    joined = union_find({record_id: one.references for record_id, one in mails.items()})

    ours = {frozenset(thread & mails.keys()) for thread in found.values() if thread & mails.keys()}
    assert ours == joined
    assert len(mails) == sum(ARCHIVES.values()) - 1 == 210  # one stands in two of them
    assert counts.new == len(mails) + 12


def union_find(references: dict[str, list[str]]) -> set[frozenset[str]]:
    """Mails that any chain of references joins, known or not in between."""
    root: dict[str, str] = {}

    def find(one: str) -> str:
        while root.setdefault(one, one) != one:
            one = root[one]
        return one

    for record_id, others in references.items():
        for other in others:
            root[find(other)] = find(record_id)
    groups: dict[str, set[str]] = {}
    for record_id in references:
        groups.setdefault(find(record_id), set()).add(record_id)
    return {frozenset(group) for group in groups.values()}
