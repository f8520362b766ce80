"""A mail whose text cannot be read is a message like others: it waits, is answered, and is counted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from flows.sources.mailbox.config import MailboxConfig
from flows.sources.registry import open_source
from flows.warehouse.collecting import run_source
from tests.helpers.house import House
from tests.sources.mailbox.reading import raw

SEALED = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"


def test_what_cannot_be_read_waits_is_counted_and_says_why(warehouse: House, tmp_path: Path) -> None:
    mails = {
        "sealed": raw("x", Content_Type=SEALED, Message_ID="<sealed@x>", Subject="My card"),
        "plain": raw("Hello", Message_ID="<plain@x>", From="bob@example.net"),
        "answer": raw(
            "Done.", From="support@example.org", Message_ID="<answer@x>", In_Reply_To="<sealed@x>",
            Date="Mon, 02 Nov 2026 10:42:00 +0100",
        ),
        "open": raw("x", Content_Type="text/calendar", Message_ID="<open@x>", From="eve@example.net"),
    }  # fmt: skip
    for name, content in mails.items():
        (tmp_path / f"{name}.eml").write_bytes(content)
    config = MailboxConfig(name="post", path=str(tmp_path), own=["example.org"])

    report = run_source(warehouse.connection, config, open_source(config))
    warehouse.refresh(as_of=datetime(2026, 11, 21, tzinfo=UTC))

    assert sorted(report.notes) == [
        "1 mail: text cannot be read: calendar",
        "1 mail: text cannot be read: encrypted",
    ]
    named = (
        "select identity.opaque_id('mail', id || '@x'), id"
        " from unnest(array['answer', 'open', 'plain', 'sealed']) as id"
    )
    assert warehouse.query(
        f"select n.id, w.response_minutes from marts.fct_waits as w inner join ({named}) as n (message_id, id)"
        " on w.opening_message_id = n.message_id order by 1"
    ) == [("open", None), ("plain", None), ("sealed", Decimal(42))]
    assert warehouse.query(
        "select n.id, m.body, m.body_missing from marts.fct_messages as m"
        f" inner join ({named}) as n (message_id, id) using (message_id) order by 1"
    ) == [
        ("answer", "Done.", None),
        ("open", None, "calendar"),
        ("plain", "Hello", None),
        ("sealed", None, "encrypted"),
    ]
    assert warehouse.query("select messages, messages_unreadable from marts.source_health") == [(4, 2)]
    warehouse.assert_equals_rebuild()
