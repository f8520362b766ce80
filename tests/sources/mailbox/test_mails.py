"""One mail at a time: roles, times, threads, texts and attachments as they come in the wild."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flows.records import Json
from tests.sources.mailbox.reading import mail, raw, read_one


def one(folder: Path, content: bytes | EmailMessage, **options: Any) -> Json:
    """The message that a mail becomes."""
    ran = read_one(folder, content if isinstance(content, bytes) else content.as_bytes(), **options)
    assert ran.reasons == []
    return next(iter(ran.mapped.values()))


def payload(folder: Path, content: bytes | EmailMessage, **options: Any) -> Json:
    ran = read_one(folder, content if isinstance(content, bytes) else content.as_bytes(), **options)
    found: Json = next(iter(ran.payloads.values()))["mail"]
    return found


# Roles -------------------------------------------------------------------------------------------------------

OURS = {"own": ["example.org"], "automatic": ["robot@example.org"], "forms": ["form@example.org"]}
LIST = {"List-Id": "<users.example.net>", "List-Post": "<mailto:users@example.net>", "Precedence": "bulk"}


@pytest.mark.parametrize(
    ("headers", "role"),
    [
        ({}, None),
        ({"From": "Support <support@example.org>"}, "brand"),
        ({"From": "x@help.example.org"}, "brand"),
        ({"From": "x@notexample.org"}, None),
        ({"From": "robot@example.org"}, "bot"),
        ({"From": "support@example.org", "Auto-Submitted": "auto-replied"}, "bot"),
        ({"Auto-Submitted": "auto-replied"}, "other"),
        ({"Auto-Submitted": "no"}, None),
        ({"X-Autoreply": "yes"}, "other"),
        ({"Precedence": "auto_reply"}, "other"),
        ({"Subject": "Réponse automatique : RE: Carte"}, "other"),
        ({"Subject": "Automatic reply: Card"}, "other"),
        ({"Subject": "Out of Office Re: Card"}, None),
        ({"Subject": "Out of office: Card"}, "other"),
        ({"Subject": "Absence du bureau"}, "other"),
        ({"Subject": "Absence de réponse : ma carte"}, None),
        ({"Subject": "Auto: assurance"}, "other"),
        ({"Subject": "Auto - assurance"}, None),
        ({"Subject": "Re: Automatic reply: Card"}, None),
        ({"From": "MAILER-DAEMON@mx.example.net", "Subject": "Undelivered"}, "bot"),
        ({"Content-Type": 'multipart/report; report-type=delivery-status; boundary="x"'}, "bot"),
        ({"Content-Type": 'multipart/report; report-type=disposition-notification; boundary="x"'}, "other"),
        ({"List-Unsubscribe": "<mailto:no@example.net>"}, "other"),
        ({"From": "no-reply@example.net"}, "other"),
        (LIST, None),
    ],
)
def test_roles(tmp_path: Path, headers: dict[str, str], role: str | None) -> None:
    found = one(tmp_path, raw(**{name.replace("-", "_"): value for name, value in headers.items()}), **OURS)

    assert found.get("author_role_declared") == role
    assert found["channel"] == ("mailing_list" if headers is LIST else "mail")
    assert found["is_public"] is False
    assert ("identifiers" in found) == (role is None)


def test_a_help_desk_that_marks_all_it_sends(tmp_path: Path) -> None:
    content = raw(From="support@example.org", Auto_Submitted="auto-generated")

    assert one(tmp_path, content, **OURS)["author_role_declared"] == "bot"
    assert one(tmp_path, content, **OURS, trust_own_marks=False)["author_role_declared"] == "brand"


def test_a_form_writes_for_who_is_to_be_answered(tmp_path: Path) -> None:
    content = raw(From="Form <form@example.org>", Reply_To="Ann <ann@example.net>", Auto_Submitted="auto-generated")

    found = one(tmp_path, content, **OURS)

    assert (found["account"], found["display_name"]) == ("ann@example.net", "Ann")
    assert "author_role_declared" not in found
    assert found["identifiers"] == [{"type": "email", "value": "ann@example.net", "how_known": "declared"}]


def test_a_list_that_writes_in_its_members_place(tmp_path: Path) -> None:
    via = {"From": "Ann via Users <users@example.net>", **LIST}
    named = {name.replace("-", "_"): value for name, value in via.items()}

    answered = one(tmp_path, raw(**named, Reply_To="Ann <ann@example.com>, users@example.net"))
    unknown = one(tmp_path, raw(**named, Reply_To="users@example.net"))

    assert answered["account"] == "ann@example.com"
    assert unknown["account"] == "users@example.net/ann via users"
    assert "identifiers" not in unknown


@pytest.mark.parametrize(
    ("results", "how_known"),
    [
        (["mx.example.org; dkim=pass; dmarc=pass (p=none) header.from=example.net"], "verified"),
        (["mx.example.org; dmarc=fail header.from=example.net"], "unverified"),
        (["mx.example.org; dmarc=pass header.from=example.com"], "unverified"),
        (["mx.example.com; dmarc=pass header.from=example.net"], "unverified"),
        (["mx.example.org; dmarc=none", "mx.example.org; dmarc=pass header.from=example.net"], "unverified"),
        (["mx.example.org (dmarc=pass); spf=pass"], "unverified"),
        (["mx.example.org; spf=pass (; dmarc=pass header.from=example.net)"], "unverified"),
        ([], "unverified"),
    ],
)
def test_a_sender_is_verified_by_our_own_server_only(tmp_path: Path, results: list[str], how_known: str) -> None:
    head = b"".join(b"Authentication-Results: " + one.encode() + b"\n" for one in results)

    found = one(tmp_path, head + raw(), receiver="mx.example.org")
    unconfigured = one(tmp_path, head + raw())

    assert [given["how_known"] for given in found["identifiers"]] == [how_known]
    assert [given["how_known"] for given in unconfigured["identifiers"]] == ["unverified"]


def test_who_writes_in_the_companys_name_and_fails_the_check_is_not_the_company(tmp_path: Path) -> None:
    head = b"Authentication-Results: mx.example.org; dmarc=fail header.from=example.org\n"
    content = head + raw(From="support@example.org")

    assert one(tmp_path, content, receiver="mx.example.org", **OURS)["author_role_declared"] == "other"


# Times -------------------------------------------------------------------------------------------------------

ARRIVED = b"Received: from a by b; Tue, 3 Nov 2026 09:00:00 +0100\nReceived: x; Tue, 3 Nov 2026 05:00:00 +0100\n"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 02 Nov 2026 10:00:00 +0100", "2026-11-02T09:00:00+00:00"),
        ("Mon, 2 Nov 2026 10:00 -0500 (EST)", "2026-11-02T15:00:00+00:00"),
        ("02 Nov 26 10:00:00 CET", "2026-11-02T09:00:00+00:00"),
        ("Fri, 6 Nov 2026 10:00:00 +0100", "2026-11-03T08:00:00+00:00"),
        ("Tue, 31 Feb 2026 10:00:00 +0100", "2026-11-03T08:00:00+00:00"),
        ("Thu, 1 Jan 1970 00:00:00 +0000", "2026-11-03T08:00:00+00:00"),
        ("lundi", "2026-11-03T08:00:00+00:00"),
        ("", "2026-11-03T08:00:00+00:00"),
    ],
)
def test_a_date_that_cannot_be_is_when_the_mail_was_received(tmp_path: Path, date: str, expected: str) -> None:
    assert one(tmp_path, ARRIVED + raw(Date=date))["posted_at"] == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (raw(Date="lundi"), "no date"),
        (raw(Date="Fri, 6 Nov 2037 10:00:00 +0100"), "date in the future"),
        (raw(From=""), "no sender"),
        (b"", "not a mail"),
        (b"# A page\n\nwith words", "not a mail"),
        (b"\0" * 100, "not a mail"),
    ],
)
def test_what_is_no_message_is_a_reject_with_its_bytes(tmp_path: Path, content: bytes, reason: str) -> None:
    ran = read_one(tmp_path, content)

    assert (ran.ids, ran.reasons, ran.error) == ([], [reason], "")
    assert ran.rejects[0].content == content


# Threads and ids ---------------------------------------------------------------------------------------------


def test_parent_and_thread(tmp_path: Path) -> None:
    def found(**headers: str) -> tuple[str | None, str | None]:
        mapped = one(tmp_path, raw(Message_ID="<own@x>", **headers))
        return mapped.get("parent"), mapped.get("thread")

    assert found() == (None, None)
    assert found(In_Reply_To="<p@x>") == ("p@x", None)
    assert found(References="<p@x>") == ("p@x", None)
    assert found(References="<r@x> <m@x>\n <p@x>", In_Reply_To="<other@x>") == ("p@x", "r@x")
    assert found(References="<own@x>", In_Reply_To="<own@x>") == (None, None)


def test_a_mail_without_an_id_is_known_by_what_it_says(tmp_path: Path) -> None:
    first, again = (read_one(tmp_path, head + raw(Subject="x")).ids for head in (b"", b"X-Moved: yes\n"))
    other = read_one(tmp_path, raw(Subject="y")).ids

    assert first == again != other
    assert first[0].startswith("sha256-")


# Texts and attachments ---------------------------------------------------------------------------------------


def test_attachments_are_counted_not_kept(tmp_path: Path) -> None:
    made = mail(1, "Voir la pièce jointe")
    made.add_attachment(b"\x89PNG" * 100, maintype="image", subtype="png", filename="reçu.png")
    made.add_attachment(mail(2), filename="ancien.eml")

    said = payload(tmp_path, made)

    assert [(a["name"], a["type"]) for a in said["attachments"]] == [
        ("reçu.png", "image/png"),
        ("ancien.eml", "message/rfc822"),
    ]
    assert said["attachments"][0]["bytes"] == 400
    assert said["text"] == [["own", "Voir la pièce jointe\n"]]


def test_html_alone_becomes_text_and_is_kept(tmp_path: Path) -> None:
    made = EmailMessage()
    made["From"], made["Date"] = "ann@example.net", "Mon, 02 Nov 2026 10:00:00 +0100"
    made.set_content("<p>Carte <b>bloquée</b></p><script>x</script>", subtype="html")

    said = payload(tmp_path, made)

    assert said["text"] == [["own", "Carte bloquée"]]
    assert "<script>" in said["html"]


def test_of_alternatives_the_plain_one_unless_it_is_empty(tmp_path: Path) -> None:
    for plain, expected in (("En texte", "En texte"), ("  ", "En HTML")):
        made = mail(1, plain)
        made.add_alternative("<p>En HTML</p>", subtype="html")

        assert one(tmp_path, made)["body"] == expected


def test_quotes_and_signature_are_kept_apart(tmp_path: Path) -> None:
    text = "Merci\n\nLe 03/03/2026 à 10:12, Service a écrit :\n> Bonjour\n\n-- \nAnn"

    ran = read_one(tmp_path, mail(1, text, In_Reply_To="<p@x>").as_bytes())

    assert ran.mapped["1@example.net"]["body"] == "Merci"
    pieces = ran.payloads["1@example.net"]["mail"]["text"]
    assert [kind for kind, _ in pieces] == ["own", "quoted", "own", "signature"]
    assert "\n".join(piece for _, piece in pieces) == text + "\n"


def test_what_cannot_be_stored_is_repaired(tmp_path: Path) -> None:
    ran = read_one(tmp_path, raw("a\0b \ud83d".encode("utf-8", "surrogatepass"), Subject="réglÃ©"))

    assert [record.repaired for record in ran.records] == [True]
    assert b"u0000" not in ran.records[0].content
    assert next(iter(ran.mapped.values()))["title"] == "réglé"


def test_headers_of_the_way_are_not_part_of_a_mail(tmp_path: Path) -> None:
    """Two copies of a mail, from two folders, are one record that does not change."""
    ways = (b"", b"Received: from a by b; Tue, 3 Nov 2026 09:00:00 +0100\nX-Spam: no\nStatus: RO\n")

    hashes = {read_one(tmp_path, way + raw(Message_ID="<1@x>")).records[0].content_hash for way in ways}

    assert len(hashes) == 1
