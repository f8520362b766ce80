"""What is the author's in a mail, and what is quoted: samples of mail programs, real replies, hard cases."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.records import Json
from flows.sources.mailbox.config import MailboxConfig
from flows.sources.mailbox.html import to_plain
from flows.sources.mailbox.mapping import Found, to_record
from flows.sources.mailbox.quotes import own_words, separate
from tests.sources.mailbox.reading import NOW, on_disk, raw

FINE = "Hi. I am fine.\nThanks,\nAlex"
# What a person reading each sample finds to be its author's own words, line by line (empty lines left out).
OWN = {
    "OLK_SRC_BODY_SECTION.html": "Reply",
    "reply-separated-by-hr.html": "Hi\nthere\nBob",
    "reply-quotations-share-block.eml": None,  # the four lines before `--- On Wed`: looked at below
    **dict.fromkeys(
        (f"html_replies__{name}.html" for name in (
            "gmail", "hotmail", "mail_ru", "ms_outlook_2003", "ms_outlook_2007", "ms_outlook_2010", "thunderbird",
            "windows_mail", "yandex_ru",
        )), FINE,
    ),
    **dict.fromkeys(
        (f"standard_replies__{name}.eml" for name in (
            "android", "aol", "apple_mail", "apple_mail_2", "comcast", "gmail", "hotmail", "iphone", "sparrow",
            "thunderbird", "yahoo",
        )), "Hello",
    ),
}  # fmt: skip
SHARE_BLOCK = ("Hi Katharine.", "Joe XXX")  # its first words and its last

# Replies drawn by chance (seed 20261122, 24 of 224) from the two months of r-help, read before ours was
# run on them (two were read again afterwards: a quote in their middle had been overlooked): lines (from 0) that are
# the author's. Quotes, who is quoted, signatures and what the list adds are not.
OWN_LINES = {
    "CAPVJd2Xf0KHGY1T_ydivvqobq8AB=3cN8C8j7Y8bdubd98-27g@mail.gmail.com": (0, 43),
    "CAFL9eu=qG0NeQtfQdfHYsr3rXRL+t59aBoYykoN2mHoC-tXLmA@mail.gmail.com": (0, 73),
    "PU4P216MB1568262F3505A0C218CF733AC8F99@PU4P216MB1568.KORP216.PROD.OUTLOOK.COM": (0, 6),
    "CAHqSRuQRYv1fii+F6VHd8qxAmWtu45xFTE7sJMO9KG6FH9yyXQ@mail.gmail.com": (0, 25),
    "CA+8X3fVYLe3UcgNyPcVnW9-L1zZpkhok+ykFNvCyZaxrsAeSTg@mail.gmail.com": (0, 14),
    "20230103132050.14c53878@Tarkus": (7, 13),
    "MW4PR03MB63630F7F3EA776AB218EFD2AE2F49@MW4PR03MB6363.namprd03.prod.outlook.com": (0, 7),
    "CAGxFJbRR=32BbB7=-8Wpcha2-dJnD-C8-O0wrwgG9=UYYeRTMw@mail.gmail.com": (0, 12),
    "026301d91eac$99e5e950$cdb1bbf0$@yahoo.com": (0, 10),
    "BN6PR2201MB15538EF366D4F448311D73D0CFF59@BN6PR2201MB1553.namprd22.prod.outlook.com": (0, 9),
    "CAF74814-8ADF-44F8-ABF0-FB8AA73A3D96@dcn.davis.ca.us": (0, 0),
    "70b01fdb-8adc-337f-8bc7-d2d7f0e050b3@sapo.pt": (42, 54),
    "b639decc-d80f-d58e-f3ed-9e0c9751eec3@sapo.pt": (61, 96),
    "080dcdba-6084-0e98-3ba9-1f9d2d4ba63a@sapo.pt": (32, 69),
    "f04c0396-71cb-9a27-92f9-9b410f022462@sapo.pt": (17, 28),
    "005a01d92514$1b5eedc0$521cc940$@gmail.com": (0, 58),
    "0f792256-dfbf-bdf9-a0f6-35a8c4282177@sapo.pt": (34, 87),
    "2cdced6c2c8b492ea94099f51d482970@SRVEXCHCM1302.precheza.cz": (0, 27),
    "PU4P216MB1568AAE0B25AF6B2ADF47EC8C8FE9@PU4P216MB1568.KORP216.PROD.OUTLOOK.COM": (0, 5),
    "ac95f337b83240d5836169c02548d0d4@SRVEXCHCM1302.precheza.cz": (0, 16),
    "CH3PR22MB4514E47AF054F07F9D8BC6B5CF2EA@CH3PR22MB4514.namprd22.prod.outlook.com": (0, 42),
    "CAGxFJbQyFL=-EKSsrEQ=dcws8ko-YqNK596mzKp6EwT3idKmcw@mail.gmail.com": (0, 21),
    "CAGgJW75T7vzEwBaT_YjD9LejMQzpvi=_uzXsnWKWOkW4n3n1Wg@mail.gmail.com": (0, 4),
    "53cf54ed-43d4-fa66-f816-0080802b388d@leiza.de": (0, 12),
}


@dataclass
class Score:
    """Lines that are not the author's: found, missed, and the author's taken for them. Empty lines don't count."""

    found: int = 0
    missed: int = 0
    wrong: int = 0
    right_mails: int = 0
    mails: int = 0

    def add(self, own: list[str], not_own: list[str], said: list[str]) -> None:
        """Compare by lines as they stand, in order: `said` is what the reader takes for the author's."""
        left = [_line(line) for line in said if line.strip()]
        kept = [line for line in own if line.strip()]
        wrong = sum(1 for line in kept if not _drop(left, _line(line)))
        self.wrong += wrong
        self.missed += len(left)
        self.found += sum(1 for line in not_own if line.strip()) - len(left)
        self.right_mails += not wrong and not left
        self.mails += 1

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong)

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed)


def _line(line: str) -> str:
    return " ".join(line.replace("\xa0", " ").split())


def _drop(lines: list[str], line: str) -> bool:
    if line in lines:
        lines.remove(line)
        return True
    return False


def test_what_samples_of_mail_programs_quote(data: Path, tmp_path: Path) -> None:
    score = Score()
    for name, known in OWN.items():
        path = data / "mail" / "quoted_replies" / name
        if path.suffix == ".html":
            head = {"Subject": "Re: x", "Content-Type": "text/html; charset=utf-8"}
            content = raw(path.read_bytes(), **{key.replace("-", "_"): value for key, value in head.items()})
        else:
            content = path.read_bytes()
        payload = _payload(content)
        whole = "\n".join(text for _, text in payload["mail"]["text"]).split("\n")
        said = payload["mapped"]["body"].split("\n")
        own = known or ""
        if known is None:
            ends = next(at for at, line in enumerate(whole) if line.startswith(SHARE_BLOCK[1]))
            assert whole[0].startswith(SHARE_BLOCK[0])
            own = "\n".join(whole[: ends + 1])
        others = [_line(line) for line in whole if line.strip()]
        for line in own.split("\n"):
            _drop(others, _line(line))
        score.add(own.split("\n"), others, said)

    assert (score.mails, score.right_mails) == (23, 23)
    assert (score.precision, score.recall, score.found) == (1, 1, 119)


def test_what_replies_on_a_list_quote(data: Path) -> None:
    score = Score()
    payloads = {}
    for month in ("January", "July"):
        payloads |= on_disk(data / "mail" / f"r-help_2023-{month}.mbox").run().payloads
    for record_id, (first, last) in OWN_LINES.items():
        payload = payloads[record_id]
        whole = "\n".join(text for _, text in payload["mail"]["text"]).split("\n")
        score.add(whole[first : last + 1], whole[:first] + whole[last + 1 :], payload["mapped"]["body"].split("\n"))

    assert score.mails == 24
    assert score.right_mails >= 18
    assert score.precision >= 0.99
    assert score.recall >= 0.99


HARD = {
    "Gmail, in French": (
        "Merci !\n\nLe mar. 3 mars 2026 à 10:12, Service client <support@example.org> a\nécrit :\n\n> Bonjour\n",
        "Merci !",
    ),
    "Outlook, in French": (
        "D'accord.\n\n________________________________\nDe : Service <support@example.org>\n"
        "Envoyé : mardi 3 mars 2026 10:12\nÀ : Ann\nObjet : Votre carte\n\nBonjour,",
        "D'accord.",
    ),
    "Outlook Express": ("Non.\n\n-----Message d'origine-----\nDe : S\nObjet : x\n\nBonjour", "Non."),
    "Thunderbird, in French": ("Le 03/03/2026 à 10:12, Service client a écrit :\n> Quel numéro ?\n42", "42"),
    "answers in between": ("On 3 Mar 2026, S wrote:\n> One?\nYes.\n> Two?\nNo.", "Yes.\nNo."),
    "a quote that nothing marks": (
        "Ok\n\nOn Tue, 3 Mar 2026 at 10:12, S <s@example.org> wrote:\n\nHello\nBye",
        "Ok",
    ),
    "name and address, no date": ("Ok\n\nService <support@example.org> wrote:\n> Hello", "Ok"),
    "German": ("Danke\n\nAm 03.03.26 um 10:12 schrieb Service:\n> Hallo", "Danke"),
    "a signature": ("Bonjour\n-- \nAnn Example\n06 00 00 00 00", "Bonjour"),
    "dashes between paragraphs": ("One\n--\n" + "Two\n" * 40, "One\n--\n" + "Two\n" * 39 + "Two"),
    "a telephone's line": ("Bonjour\n\nEnvoyé de mon iPhone", "Bonjour"),
    "a sentence like it": ("Sent from the shop: a lamp.\nIt is broken.\nWhat now?\nAnn\nBob", None),
    "a list's footer": ("Hi\n_______________________________________________\nx mailing list\nhttp://x", "Hi"),
    "thanks are the author's": ("Fixed.\n\nThanks,\nAnn", None),
    "items are the author's": ("I need:\n- a card\n- a code\nAnn", None),
    "what somebody wrote, told": ("In 2019 your adviser wrote:\nyou pay nothing.\nNow I pay.", None),
    "a form's fields": ("Subject: card\nDate: today\nIt is lost.", None),
}


@pytest.mark.parametrize("case", HARD)
def test_hard_cases_in_a_reply(case: str) -> None:
    text, own = HARD[case]

    assert own_words(separate(text, is_reply=True), is_reply=True) == (text if own is None else own)


def test_marks_are_quotes_only_where_something_is_answered() -> None:
    text = "I typed:\n> vigie up\nand nothing came."

    assert own_words(separate(text, is_reply=False), is_reply=False) == text
    assert own_words(separate(text, is_reply=True), is_reply=True) == "I typed:\nand nothing came."


def test_a_mail_passed_on_without_a_word_says_what_it_passes_on() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: Shop <shop@example.com>\nDate: x\nSubject: y\n\nYour bill."
    )

    assert "Your bill." in own_words(separate(text, is_reply=False), is_reply=False)
    assert own_words(separate(text, is_reply=True), is_reply=True) == ""


LINES = st.sampled_from([
    "", "> a", ">> b", "On 3 Mar 2026, S wrote:", "Le 03/03/2026, S a écrit :", "-- ", "--", "From: a", "To: b",
    "Sent: c", "-----Original Message-----", "_" * 40, "x mailing list", "Envoyé de mon iPhone", "words", "x:",
    " \t", "\xa0> c",
])  # fmt: skip


@given(st.lists(LINES | st.text(max_size=30), max_size=30).map("\n".join), st.booleans())
def test_pieces_joined_are_the_text(text: str, is_reply: bool) -> None:
    pieces = separate(text, is_reply=is_reply)

    assert "\n".join(piece for _, piece in pieces) == text
    assert all(one[0] != other[0] for one, other in pairwise(pieces))


@pytest.mark.parametrize(
    "text", ["On ", "On a\n", "From: a\n", "\n", " \n", "-\n", "> ", "Le 1 a:\n", "-- \n", "_" * 30 + "\n"]
)
def test_time_grows_with_the_text_only(text: str) -> None:
    started = time.process_time()
    separate(text * 10_000, is_reply=True)

    assert time.process_time() - started < 20


def test_quotes_in_html_are_marked() -> None:
    html = "<p>Yes &amp; no</p><blockquote>One<br>two <blockquote>three</blockquote></blockquote><p>Bye</p>"

    lines = [line for line in to_plain(html).splitlines() if line]

    assert lines == ["Yes & no", "> One", "> two", ">", "> three", "Bye"]


def _payload(content: bytes) -> Json:
    record = to_record(Found(content), MailboxConfig(name="post", path="x"), "mail", NOW)
    payload: Json = orjson.loads(record.content)
    return payload
