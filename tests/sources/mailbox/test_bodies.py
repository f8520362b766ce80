"""Where a mail's text is: in a part that is named, in a charset that nobody named; the unreadable is marked."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.records import Json
from flows.sources.mailbox.charsets import decoded
from tests.sources.mailbox.reading import mail, on_disk, raw, read_one

PNG = {"maintype": "image", "subtype": "png"}
PGP = "-----BEGIN PGP {0}-----\n{1}\n-----END PGP {0}-----\n"


def one(folder: Path, content: bytes | EmailMessage) -> Json:
    ran = read_one(folder, content if isinstance(content, bytes) else content.as_bytes())
    assert ran.reasons == []
    return next(iter(ran.payloads.values()))


def said(folder: Path, content: bytes | EmailMessage) -> tuple[str | None, str | None]:
    mapped = one(folder, content)["mapped"]
    return mapped.get("body"), mapped.get("body_missing")


def parts(*given: str, kind: str = "mixed", declared: str = "x") -> bytes:
    body = "".join(f"--x\n{part}\n" for part in given) + "--x--\n"
    return raw(body, Content_Type=f'multipart/{kind}; boundary="{declared}"', MIME_Version="1.0")


TEXT = "Content-Type: text/plain\n\nHelp me."
LOG = "Content-Type: text/plain; name=log.txt\n\nline 1"


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (raw("<p>Help me.</p>", Content_Type="text/html; name=body.html"), "Help me."),
        (raw("Help me.", Content_Type="text/plain; name=mail.txt"), "Help me."),
        (raw("Help me.", Content_Type="text/plain", Content_Disposition="attachment; filename=a.txt"), "Help me."),
        (raw("Help me.", Content_Type="text/plain", Content_Disposition="inline; filename=a.txt"), "Help me."),
        (parts(TEXT, LOG), "Help me."),
        (parts(LOG, TEXT), "Help me."),
        (parts(LOG, "Content-Type: image/png; name=a.png\n\nx"), "line 1"),
        (
            parts(
                "Content-Type: text/plain; name=a.txt\n\nHelp me.",
                "Content-Type: text/html; name=a.html\n\n<p>x</p>",
                kind="alternative",
            ),
            "Help me.",
        ),
        (parts(TEXT, declared="another"), "Help me."),
        (parts("Content-Type: application/ms-tnef; name=winmail.dat\n\nx", TEXT), "Help me."),
        (parts("Content-Type: text/calendar\n\nBEGIN:VCALENDAR", TEXT, kind="alternative"), "Help me."),
        (raw(PGP.format("SIGNED MESSAGE", "x").split("\n")[0] + "\nHash: SHA256\n\nHelp me.\n- - one\n"
             + PGP.format("SIGNATURE", "abc")), "Help me.\n- one"),
    ],
)  # fmt: skip
def test_the_text_is_the_body_whatever_it_is_called(tmp_path: Path, content: bytes, body: str) -> None:
    assert said(tmp_path, content) == (body, None)


def test_a_named_text_beside_another_is_an_attachment(tmp_path: Path) -> None:
    assert [file["name"] for file in one(tmp_path, parts(LOG, TEXT))["mail"]["attachments"]] == ["log.txt"]
    assert "attachments" not in one(tmp_path, parts(LOG))["mail"]


def attached(*, inline: bool = False) -> EmailMessage:
    made = mail(1, "\n")
    made.add_attachment(b"\x89PNG", **PNG, filename="screen.png", disposition="inline" if inline else "attachment")
    return made


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (raw("x", Content_Type="application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"), "encrypted"),
        (raw("x", Content_Type="application/x-pkcs7-mime; smime-type=signed-data"), "smime"),
        (raw("x", Content_Type="application/octet-stream; name=smime.p7m"), "smime"),
        (parts("Content-Type: application/pgp-encrypted\n\nx", "Content-Type: application/octet-stream\n\nx",
               kind="encrypted"), "encrypted"),
        (raw(PGP.format("MESSAGE", "\nabc")), "encrypted"),
        (raw(f"<pre>{PGP.format('MESSAGE', 'abc')}</pre>", Content_Type="text/html"), "encrypted"),
        (raw("x", Content_Type="application/ms-tnef; name=winmail.dat"), "tnef"),
        (parts("Content-Type: text/plain\n\n \n", "Content-Type: application/octet-stream; name=WINMAIL.DAT\n\nx"),
         "tnef"),
        (raw("BEGIN:VCALENDAR", Content_Type="text/calendar; method=REQUEST"), "calendar"),
        (parts("Content-Type: text/html\n\n<p>&nbsp;&zwnj;</p>", "Content-Type: text/calendar\n\nBEGIN:VCALENDAR",
               kind="alternative"), "calendar"),
        (attached(), "attachments"),
        (raw("From: b@example.net\n\nHelp", Content_Type="message/rfc822"), "attachments"),
        (raw("x", Content_Type="audio/wav; name=voice.wav"), "attachments"),
        (raw("<img src=a><br>", Content_Type="text/html"), "pictures"),
        (raw("=\n", Content_Transfer_Encoding="quoted-printable"), "damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_marked_and_told(tmp_path: Path, content: bytes | EmailMessage, reason: str) -> None:
    assert said(tmp_path, content) == (None, reason)
    ran = read_one(tmp_path, content if isinstance(content, bytes) else content.as_bytes())
    assert [note for page in ran.pages for note in page.notes] == [f"1 mail: text cannot be read: {reason}"]


@pytest.mark.parametrize("content", [raw("", Subject="Call me"), raw("\n\n", Subject="Call me (eom)")])
def test_a_mail_whose_subject_says_all_lacks_nothing(tmp_path: Path, content: bytes) -> None:
    assert said(tmp_path, content) == ("", None)


def test_a_signature_over_a_file_says_that_the_file_speaks(tmp_path: Path) -> None:
    made = mail(1, "-- \nAnn Example\n")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="claim.pdf")

    assert said(tmp_path, made) == (None, "attachments")


def test_the_cases_of_bodies_and_dates(data: Path) -> None:
    mapped = on_disk(data / "cases" / "collectors" / "mail_bodies").run().mapped

    assert {record_id: (one.get("body"), one.get("body_missing")) for record_id, one in mapped.items()} == {
        "n1@example.net": ("I was charged twice, please help.", None),
        "s1@example.net": (None, "smime"),
        "c2@example.net": (None, "calendar"),
        "j1@example.net": ("返金をお願いします。", None),
        "d1@example.net": ("Tak, men pengene er ikke kommet.", None),
        "dtpm@example.net": ("Hello", None),
        "dtbst@example.net": ("Hello", None),
    }
    assert mapped["dtpm@example.net"]["posted_at"] == "2026-11-02T22:00:00+00:00"
    assert mapped["dtbst@example.net"]["posted_at"] == "2026-07-06T09:00:00+00:00"


# Charsets ----------------------------------------------------------------------------------------------------

UNNAMED = {
    "cp1252": ["réglé", "Où est mon colis ? Déçu", "10 € für Äpfel", "¿Cuándo llega?", "naïve", "Ça va"],
    "utf-8": ["réglé", "我的卡被锁了"],
    "gb18030": ["我的卡被锁了，请帮忙", "退款", "请问什么时候退款？我已经等了两个星期了。"],
    "big5": ["我的卡被鎖了，請幫忙"],
    "iso2022_jp": ["返金をお願いします。", "カード"],
    "iso2022_kr": ["환불 부탁드립니다"],
    "cp932": ["返金をお願いします。"],
    "euc_jp": ["カードが使えません。早く返金をお願いします。"],
    "cp949": ["환불 부탁드립니다"],
    "cp1251": ["Привет, моя карта заблокирована", "Здравствуйте! Где мой заказ?"],
    "koi8_r": ["Здравствуйте! Где мой заказ? Жду уже две недели."],
    "cp1250": ["Proszę o zwrot pieniędzy, karta jest zablokowana"],
    "cp1253": ["Πού είναι η παραγγελία μου; Περιμένω δύο εβδομάδες."],
    "cp1254": ["Kartım bloke oldu, lütfen yardım edin. Teşekkürler, iyi günler"],
    "cp1255": ["איפה ההזמנה שלי? אני מחכה שבועיים."],
    "cp1256": ["أين طلبي؟ أنتظر منذ أسبوعين"],
    "cp874": ["บัตรของฉันถูกล็อก กรุณาช่วยด้วย"],
    "utf-16": ["réglé"],
}


@pytest.mark.parametrize(("charset", "text"), [(name, text) for name, texts in UNNAMED.items() for text in texts])
def test_charsets_that_nobody_named(charset: str, text: str) -> None:
    assert decoded(text.encode(charset), None) == text
    assert decoded(text.encode(charset), "us-ascii") == text
    assert decoded(text.encode(charset), "utf-8") == text


@pytest.mark.parametrize(("used", "named"), [("utf-8", "utf-8"), ("gb18030", "gb2312"), ("cp932", "shift_jis")])
def test_a_text_that_was_cut_or_damaged_keeps_its_charset(used: str, named: str) -> None:
    text = "返金をお願いします。" * 20

    assert decoded(text.encode(used)[:-1], named)[:-2] == text[:-2]


def test_html_names_its_charset_itself(tmp_path: Path) -> None:
    html = '<html><meta charset="windows-1251"><p>Да</p>'.encode("cp1251")

    assert said(tmp_path, raw(html, Content_Type="text/html")) == ("Да", None)


def test_raw_headers_are_in_the_charset_of_the_text(tmp_path: Path) -> None:
    content = raw(
        "Да".encode("koi8-r"), Content_Type="text/plain; charset=koi8-r", Subject="Моя карта".encode("koi8-r")
    )
    assert one(tmp_path, content)["mapped"]["title"] == "Моя карта"
