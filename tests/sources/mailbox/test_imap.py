"""A real IMAP server: mails are delivered there, collected, answered, seen in the marts; then things go wrong."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flows.sources.http import Clock
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.names import by_use, encoded
from flows.sources.registry import open_source
from flows.warehouse.collecting import run_source
from flows.warehouse.load import Counts
from tests.helpers.house import House
from tests.servers.imap_proxy import imap_proxy
from tests.servers.imap_server import USER, ImapServer
from tests.sources.mailbox.conftest import options, reader
from tests.sources.mailbox.reading import NOW, Reader, mail, raw

pytestmark = pytest.mark.servers

# From the customer's mail to the answered wait ----------------------------------------------------------------


def test_a_customer_writes_and_is_answered(post: ImapServer, warehouse: House) -> None:
    config = MailboxConfig(**options(post.port))

    def collect() -> Counts:
        return run_source(warehouse.connection, config, open_source(config)).counts

    # In ids of the marts a Message-ID, and an address, is its keyed hash.
    ids = {native: opaque for opaque, native in warehouse.query(
        "select identity.opaque_id('mail', id), id from unnest(%s::text[]) as m (id)",
        ["ann@example.net", *(f"{n}@example.net" for n in range(1, 6))],
    )}  # fmt: skip
    first, out_of_office, promo, receipt, answered = (ids[f"{n}@example.net"] for n in range(1, 6))

    def waits() -> list[tuple[Any, ...]]:
        return warehouse.query(
            "select opening_message_id, closing_message_id, response_minutes from marts.fct_waits order by 1"
        )

    post.deliver(
        mail(1, "Ma carte est bloquée.", Subject="Carte"),
        mail(2, "Je suis absente.", Auto_Submitted="auto-replied", Subject="Absence du bureau"),
        mail(3, "Promo", From="news@example.com", List_Unsubscribe="<mailto:no@example.com>"),
    )
    assert collect().new == 3
    warehouse.refresh()
    assert waits() == [(first, None, None)]

    acknowledged = mail(
        4, "Bien reçu.", From=USER, Auto_Submitted="auto-replied", In_Reply_To="<1@example.net>",
        Date="Mon, 02 Nov 2026 10:00:30 +0100",
    )  # fmt: skip
    answer = mail(
        5, "Elle est débloquée.\n\nLe 02/11/2026 à 10:00, Ann a écrit :\n> Ma carte est bloquée.\n", From=USER,
        To="ann@example.net", Subject="Re: Carte", In_Reply_To="<1@example.net>", References="<1@example.net>",
        Date="Mon, 02 Nov 2026 10:42:00 +0100",
    )  # fmt: skip
    post.deliver(acknowledged, answer, folder="Sent")
    assert collect().new == 2
    warehouse.refresh()

    assert waits() == [(first, answered, Decimal(42))]
    messages = warehouse.query(
        "select message_id, direction, channel, thread_id, body, is_public from marts.fct_messages order by body"
    )
    assert sorted(messages) == sorted([
        (first, "customer", "mail", first, "Ma carte est bloquée.", False),
        (out_of_office, "other", "mail", out_of_office, "Je suis absente.", False),
        (promo, "other", "mail", promo, "Promo", False),
        (receipt, "bot", "mail", first, "Bien reçu.", False),
        (answered, "brand", "mail", first, "Elle est débloquée.", False),
    ])  # fmt: skip
    ann = "select is_bot from marts.dim_accounts where account_id = %s"
    assert warehouse.query(ann, ids["ann@example.net"]) == [(False,)]
    assert warehouse.query("select type, answerable, site from ops.sources") == [("mailbox", "all", "mail")]

    with post.session() as client:
        client.select("INBOX")
        client.store("1:*", "+FLAGS", "(\\Seen \\Answered)")
    assert collect().read == 0
    post.deliver(answer)  # the company's answer, copied to itself
    assert (collect().unchanged, warehouse.value("select count(*) from raw.mailbox__messages")) == (1, 5)


# What a run costs and what it does not do ----------------------------------------------------------------------


def test_an_unchanged_account_costs_a_handful_of_commands_and_nothing_is_marked_as_read(post: ImapServer) -> None:
    post.deliver(*(mail(number) for number in range(30)))
    with imap_proxy(post.port) as proxy:
        source = Reader(options(proxy.port, "INBOX", "\\Sent"))
        assert len(source.run().ids) == 30
        first = len(proxy.commands())
        proxy.lines.clear()
        assert source.run().records == []
        unchanged = proxy.commands()

    with post.session() as client:
        client.select("INBOX")
        assert client.search(None, "SEEN") == ("OK", [b""])
    assert first <= 10
    assert [command.split()[0] for command in unchanged] == [
        "CAPABILITY", "AUTHENTICATE", "EXAMINE", "LIST", "EXAMINE", "LOGOUT",
    ]  # fmt: skip


def test_a_folder_that_was_made_anew_is_read_again_and_nothing_doubles(
    post: ImapServer, empty_warehouse: House
) -> None:
    config = MailboxConfig(**options(post.port, "Support"))
    mails = [mail(number) for number in range(5)]
    with post.session() as client:
        client.create("Support")
    post.deliver(*mails, folder="Support")
    first = run_source(empty_warehouse.connection, config, open_source(config)).counts

    with post.session() as client:
        client.delete("Support")
        client.create("Support")
    post.deliver(*reversed(mails), mail(9), folder="Support")
    second = run_source(empty_warehouse.connection, config, open_source(config)).counts

    assert (first.new, second.read, second.new, second.unchanged) == (5, 6, 1, 5)
    assert empty_warehouse.value("select count(*) from raw.mailbox__messages") == 6


@pytest.mark.parametrize("seed", range(4))
def test_connections_that_break_anywhere_lose_and_double_nothing(post: ImapServer, seed: int) -> None:
    chance = random.Random(seed)
    bodies = ["x" * chance.randint(1, 4_000) for _ in range(25)]
    post.deliver(*(mail(number, body) for number, body in enumerate(bodies)))
    with imap_proxy(post.port) as proxy:
        source = Reader(options(proxy.port, "INBOX", page_size=chance.randint(2, 6)))
        ids: list[str] = []
        broken = 0
        for attempt in range(40):
            proxy.most = chance.randint(10, 15_000) if attempt < 20 else None
            ran = source.run()
            ids += ran.ids
            broken += bool(ran.error)
            if not ran.error and not ran.pages:
                break

    assert broken > 0
    assert ids == [f"{number}@example.net" for number in range(25)]


def test_a_server_that_drips_does_not_hold_a_run_beyond_its_minutes(post: ImapServer) -> None:
    post.deliver(mail(1, "x" * 3_000))
    with imap_proxy(post.port) as proxy:
        proxy.drip = 0.01
        ran = Reader(options(proxy.port, "INBOX", max_minutes=0.02)).run()

    assert ran.records == []
    assert "minutes are used up" in ran.gaps[0]


def test_megabytes_used_up_end_a_run_and_the_next_goes_on(post: ImapServer) -> None:
    post.deliver(*(mail(number, ("x" * 70 + "\n") * 14_000) for number in range(9)))
    source = reader(post, "INBOX", max_mail_megabytes=2, max_megabytes=5)

    runs = [source.run() for _ in range(4)]

    assert [one for ran in runs for one in ran.ids] == [f"{number}@example.net" for number in range(9)]
    assert "bytes are used up" in runs[0].gaps[0]


# Folders ------------------------------------------------------------------------------------------------------


def test_folders_by_name_and_by_use(post: ImapServer) -> None:
    name = 'Éléments "reçus" & envoyés 日本'
    with post.session() as client:
        client.create('"' + encoded(name).replace('"', '\\"') + '"')
    quoted_name = '"' + encoded(name).replace('"', '\\"') + '"'
    post.deliver(mail(1), folder=quoted_name)
    post.deliver(mail(2), folder="Sent")

    ran = reader(post, name, "\\Sent", "Nowhere", "\\Junk").run()

    assert ran.ids == ["1@example.net", "2@example.net"]
    assert ran.reasons == ["no such folder", "no such folder"]
    assert "give its name" in ran.rejects[1].detail
    assert ran.error == ""


def test_names_of_folders_as_servers_write_them() -> None:
    assert encoded("Envoyés & reçus") == "Envoy&AOk-s &- re&AOc-us"
    listed = [b'(\\HasNoChildren \\Sent) "/" "Sent \\"Items\\""', (b"(\\Trash) NIL {3}", b"Bin"), b"", b")", None]
    assert by_use(listed) == {"\\hasnochildren": 'Sent "Items"', "\\sent": 'Sent "Items"', "\\trash": "Bin"}


def test_no_folder_at_all_is_an_error(post: ImapServer) -> None:
    assert "no folder could be opened" in reader(post, "Nowhere").run().error


# Periods, bad mails, what is gone -------------------------------------------------------------------------------


def test_a_period_is_filled_by_search(post: ImapServer) -> None:
    days = [datetime(2026, 10, day, 12, tzinfo=UTC) for day in range(1, 21)]
    post.deliver(*(mail(day.day, Date=day.strftime("%a, %d %b %Y %H:%M:%S +0000")) for day in days))
    with imap_proxy(post.port) as proxy:
        source = Reader(options(proxy.port, "INBOX"))
        ran = source.back_fill(days[4], days[7] + timedelta(seconds=1))
        searches = [command for command in proxy.commands() if "SEARCH" in command]

    assert ran.ids == [f"{day}@example.net" for day in (5, 6, 7, 8)]
    assert source.cursor is None
    assert "SENTSINCE 4-Oct-2026 SENTBEFORE 10-Oct-2026" in searches[0]


@pytest.mark.clock
def test_mails_that_cannot_be_used_are_rejects_with_their_place(post: ImapServer) -> None:
    received = NOW - timedelta(minutes=5)
    post.deliver(
        mail(1), raw(From=""), raw(Date="lundi", Message_ID="<2@x>"), b"words only", mail(3), received=received
    )

    ran = reader(post, "INBOX").run()

    assert ran.ids == ["1@example.net", "2@x", "3@example.net"]
    assert ran.payloads["2@x"]["mail"]["dated_by"] == "received"  # the server knows when
    assert datetime.fromisoformat(ran.mapped["2@x"]["posted_at"]) == received
    assert ran.reasons == ["no sender", "not a mail"]
    assert "/INBOX;uid=2;uidvalidity=" in ran.rejects[0].locator


def test_a_mail_that_is_expunged_was_said_all_the_same_unless_wanted_gone(post: ImapServer) -> None:
    post.deliver(mail(1), mail(2), mail(3))
    kept, gone = reader(post, "INBOX", "\\Sent"), reader(post, "INBOX", "\\Sent", expunged="gone")
    kept.run()
    gone.run()

    with post.session() as client:
        client.select("INBOX")
        client.copy("3", "Sent")
        client.store("1,3", "+FLAGS", "\\Deleted")
        client.expunge()

    assert kept.run().tombstones == []
    assert gone.run().tombstones == []
    gone.clock = Clock(lambda: NOW + timedelta(hours=6))
    assert [(one.record_id, one.reason) for one in gone.run().tombstones] == [("1@example.net", "expunged")]
    gone.clock = Clock(lambda: NOW + timedelta(hours=13))
    assert gone.run().tombstones == []


def test_a_folder_that_is_suddenly_empty_takes_no_mail_along(post: ImapServer) -> None:
    mails = [mail(number) for number in range(8)]
    post.deliver(*mails)
    gone = reader(post, "INBOX", expunged="gone")
    gone.run()
    with post.session() as client:
        client.select("INBOX")
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
    for hours in (1, 7, 30):
        gone.clock = Clock(lambda passed=hours: NOW + timedelta(hours=passed))
        ran = gone.run()
        assert (ran.tombstones, ["missing at once" in gap for gap in ran.gaps]) == ([], [True])
    post.deliver(*mails[:7])
    gone.clock = Clock(lambda: NOW + timedelta(hours=31))
    ran = gone.run()
    assert [one.record_id for one in ran.tombstones] == ["7@example.net"]
    assert gone.state["absent"]["since"] == {}
