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
    assert warehouse.query("select opening_message_id, response_minutes from marts.fct_waits order by 1") == [
        ("mail:open@x", None), ("mail:plain@x", None), ("mail:sealed@x", Decimal(42)),
    ]  # fmt: skip
    assert warehouse.query("select message_id, body, body_missing from marts.fct_messages order by 1") == [
        ("mail:answer@x", "Done.", None), ("mail:open@x", None, "calendar"), ("mail:plain@x", "Hello", None),
        ("mail:sealed@x", None, "encrypted"),
    ]  # fmt: skip
    assert warehouse.query("select messages, messages_unreadable from marts.source_health") == [(4, 2)]
    warehouse.assert_equals_rebuild()
