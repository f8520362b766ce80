"""What the company wrote never counts as the customer's, in whatever language their mail program quotes it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from flows.sources.mailbox.attributions import LANGUAGES
from flows.sources.mailbox.quotes import own_words, separate
from tests.sources.mailbox.reading import raw, read_one

OURS = "We paid it back."
# As mail programs introduce a quote that nothing marks, language by language.
WROTE = {
    "en": "On Mon, Nov 2, 2026 at 10:00 AM Support <support@example.org> wrote:",
    "fr": "Le lun. 2 nov. 2026 à 10:00, Support <support@example.org> a écrit :",
    "de": "Am Mo., 2. Nov. 2026 um 10:00 Uhr schrieb Support <support@example.org>:",
    "es": "El lun, 2 nov 2026 a las 10:00, Support (<support@example.org>) escribió:",
    "it": "Il giorno lun 2 nov 2026 alle ore 10:00 Support <support@example.org> ha scritto:",
    "pt": "Em seg., 2 de nov. de 2026 às 10:00, Support <support@example.org> escreveu:",
    "nl": "Op ma 2 nov 2026 om 10:00 schreef Support <support@example.org>:",
    "da": "Den man. 2. nov. 2026 kl. 10.00 skrev Support <support@example.org>:",
    "nb": "man. 2. nov. 2026 kl. 10:00 skrev Support <support@example.org>:",
    "sv": "Den mån 2 nov. 2026 kl 10:00 skrev Support <support@example.org>:",
    "fi": "ma 2. marrask. 2026 klo 10.00 Support (support@example.org) kirjoitti:",
    "pl": "pon., 2 lis 2026 o 10:00 Support <support@example.org> napisał(a):",
    "cs": "po 2. 11. 2026 v 10:00 odesílatel Support <support@example.org> napsal:",
    "sk": "po 2. 11. 2026 o 10:00 Support <support@example.org> napísal(a):",
    "hu": "Support <support@example.org> ezt írta (időpont: 2026. nov. 2., H, 10:00):",
    "ro": "În lun., 2 nov. 2026 la 10:00, Support <support@example.org> a scris:",
    "ru": "пн, 2 нояб. 2026 г. в 10:00, Support <support@example.org>:",
    "uk": "пн, 2 лист. 2026 р. о 10:00 Support <support@example.org> пише:",
    "bg": "На пн, 2.11.2026 г. в 10:00 Support <support@example.org> написа:",
    "el": "Στις Δευ 2 Νοε 2026 στις 10:00 π.μ., ο χρήστης Support <support@example.org> έγραψε:",
    "tr": "Support <support@example.org>, 2 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:",
    "hr": "pon, 2. stu 2026. u 10:00 Support <support@example.org> napisao je:",
    "ca": "Missatge de Support <support@example.org> del dia dl., 2 de nov. 2026 a les 10:00:",
    "zh": "Support <support@example.org> 于2026年11月2日周一 10:00写道：",
    "ja": "2026年11月2日(月) 10:00 Support <support@example.org>:",
    "ko": "2026년 11월 2일 (월) 오전 10:00, Support <support@example.org>님이 작성:",
    "ar": "في الاثنين، 2 نوفمبر 2026 10:00 ص Support <support@example.org> كتب:",
    "he": "\u202bבתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:00 מאת Support <\u202asupport@example.org\u202c>:\u202c",
    "fa": "در دوشنبه 2 نوامبر 2026 10:00 Support <support@example.org> نوشت:",
    "hi": "सोम, 2 नव॰ 2026 को 10:00 बजे Support <support@example.org> ने लिखा:",
    "th": "ในวันที่ จ. 2 พ.ย. 2026 เวลา 10:00 Support <support@example.org> เขียนว่า:",
    "vi": "Vào Th 2, 2 thg 11, 2026 vào lúc 10:00 Support <support@example.org> đã viết:",
    "id": "Pada Sen, 2 Nov 2026 pukul 10.00 Support <support@example.org> menulis:",
}


def blocks(language: str) -> list[str]:
    """Header blocks as Outlook writes them with every label of a language, addresses left out."""
    words = LANGUAGES[language]
    colon = "：" if language in {"zh", "ja"} else ":"
    return [
        f"{sender}{colon} Support\n{sent}{colon} 2 2026 10:00\n{to}{colon} Ann\n{subject}{colon} x"
        for sender in words["sender"]
        for sent in words["sent"]
        for to in words["to"]
        for subject in words["subject"]
    ]


def own(text: str) -> str:
    return own_words(separate(text, is_reply=True), is_reply=True)


def test_at_least_the_twenty_most_used_languages_are_read() -> None:
    assert len(LANGUAGES) >= 30
    assert LANGUAGES.keys() == WROTE.keys()
    assert all(
        words[part] for words in LANGUAGES.values() for part in ("sender", "sent", "to", "subject", "original")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_header_blocks_of_outlook(language: str) -> None:
    for block in blocks(language):
        assert own(f"It did not come.\n\n{block}\n\n{OURS}") == "It did not come.", block
        assert own(f"It did not come.\n{'_' * 32}\n*{block}\n{OURS}") == "It did not come.", block
        marked = re.sub(r"(?m)^(.+?[:：])", r"**\1**", block)
        assert own(f"It did not come.\n\n{marked}\n{OURS}") == "It did not come.", marked


@pytest.mark.parametrize("language", WROTE)
def test_who_wrote_when(language: str) -> None:
    line = WROTE[language]
    assert own(f"It did not come.\n\n{line}\n\n{OURS}") == "It did not come."
    assert own(f"It did not come.\n\n{line}\n> {OURS}\n\nAnd now?") == "It did not come.\n\nAnd now?"
    middle = line.rindex(" ", 0, 3 * len(line) // 4 + 8)
    folded = f"{line[:middle]}\n{line[middle + 1 :]}"
    assert own(f"It did not come.\n\n{folded}\n\n{OURS}") == "It did not come."


@pytest.mark.parametrize("language", LANGUAGES)
def test_separators(language: str) -> None:
    for word in LANGUAGES[language]["original"]:
        assert own(f"No.\n\n-----{word}-----\n{OURS}") == "No.", word
        assert own(f"No.\n\n-------- {word.upper()} --------\n{OURS}") == "No.", word


@pytest.mark.parametrize(
    "block",
    [
        "发件人:Support\n发送时间:2026年11月2日 10:00\n收件人:Ann\n主题:x",
        "\u202bمن:\u202c Support\n\u202bتاريخ الإرسال:\u202c 2 2026 10:00\n\u202bإلى:\u202c Ann\nالموضوع: x",
        "        From:   Support\n        To:     Ann\n        Date:   02/11/2026 10:00\n        Subject: x",
        "*De :* Support\n*Envoyé :* lundi 2 novembre 2026 10:00\n*À :* Ann\n*Objet :* x",
        "Von: Support\nGesendet: Montag, 2. November 2026 10:00\nAn: Ann\nWichtigkeit: Hoch\nBetreff: x",
        "De : Support\nDate: lun. 2 nov. 2026\nSubject: x\nTo: Ann",
        "От: Support\nОтправлено: 2 ноября 2026 г. 10:00\nКому: Ann",
    ],
)
def test_blocks_as_other_programs_write_them(block: str) -> None:
    assert own(f"No.\n\n{block}\n\n{OURS}") == "No."


def test_a_separator_that_nobody_knows_above_a_sender() -> None:
    assert own(f"No.\n\n----- Alkuviesti -----\nLähettäjä: Support\n\n{OURS}") == "No."
    assert own("No.\n\n----- My list -----\none\ntwo") == "No.\n\n----- My list -----\none\ntwo"


@pytest.mark.parametrize(
    "text",
    [
        "My trip:\nFrom: Paris\nTo: Lyon\nDate: 3 March 2026 10:30\nIt was late.",
        "De : Paris\nÀ : Lyon\nDate : 3 mars\nLe train était en retard.",
        "Von: Berlin\nAn: Bonn\nDatum: 3. März\nDer Zug kam nicht.",
        "Od: Praha\nDo: Brno\nData: 3\nVlak nejel.",
        "Da: Roma\nA: Milano\nData: 3 marzo\nIl treno era in ritardo.",
        "Subject: card\nDate: today\nIt is lost.",
        "In 2019 your adviser wrote:\nyou pay nothing.\nNow I pay.",
        "Your page says, for 2026:\nno fees.",
        "I called at 10:00 and you said:\nwait.",
        "Write to me (ann@example.net):\nthanks.",
    ],
)
def test_a_customers_own_words_are_no_header_block(text: str) -> None:
    assert own(text) == text


def test_time_grows_with_the_text_only() -> None:
    started = time.process_time()
    for line in ("From: a\n", "Von: a\n", "a:\n", "----- a -----\n", "On 2 a@b 10:00 :\n", "：\n", "<a@b>: \n"):
        separate(line * 10_000, is_reply=True)
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    "subject", ["Re: x", "SV: x", "Odp: x", "回复：x", "YNT: x", "Ответ: x", "Vá: x", "ΑΠ: x", "x: y"]
)
def test_a_subject_says_that_it_answers(tmp_path: Path, subject: str) -> None:
    """Then `>` marks quotes, though no header names what is answered."""
    ran = read_one(tmp_path, raw(f"> {OURS}\nIt did not come.", Subject=subject.encode()))

    [mapped] = ran.mapped.values()
    assert mapped["body"] == ("It did not come." if subject != "x: y" else f"> {OURS}\nIt did not come.")
