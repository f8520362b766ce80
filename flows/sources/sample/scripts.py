"""How conversations go: what happens after a first message, channel by channel."""

from __future__ import annotations

from flows.sources.sample.items import Message, Rating
from flows.sources.sample.phrases import render
from flows.sources.sample.talk import MENTIONED, Talk, TooLate
from flows.sources.sample.writing import sentence

NEVER = 0.12  # of what waits for an answer gets none
ACKNOWLEDGED = {"twitter": 0.1, "mail": 0.6}
CROWD = 0.03  # of forum threads draw ten customers and more


def converse(talk: Talk) -> Message:
    """Play a conversation on its channel, as far as three weeks go; return its first message."""
    begin = {"mail": _mail, "forum": _thread, "reddit": _thread, "reviews": _review}.get(talk.channel, _social)
    opening = begin(talk)
    try:
        if talk.channel in ("forum", "reddit"):
            _neighbours(talk, opening)
        _exchange(talk, opening)
    except TooLate:
        pass
    return opening


def _social(talk: Talk) -> Message:
    text = talk.opening_text(long=False)
    name, draw = MENTIONED[talk.channel], talk.rng.random()
    if draw < 0.6:
        text = f"{name} {text}"
    elif draw < 0.85:
        text = f"{text} {name}"
    else:
        text = f"{text} #{('Tilleul', 'BanqueTilleul')[int(talk.rng.random() * 2)]}"
    return talk.post(talk.account, text, talk.start, talk.meaning(talk.intent), None)


def _thread(talk: Talk) -> Message:
    talk.thread = talk.scene.native({"forum": "fo-t", "reddit": "t3"}[talk.channel])
    text = talk.opening_text(long=True)
    talk.title = sentence(talk.writer.of_topic("title"), bare=True)
    return talk.post(talk.account, text, talk.start, talk.meaning(talk.intent), None)


def _mail(talk: Talk) -> Message:
    talk.thread = talk.scene.native("ml-t")
    text = talk.writer.letter(talk.opening_text(long=True), talk.person)
    subject = talk.writer.of_topic("title") if talk.chance(0.6) else talk.writer.facts["subject"]
    talk.title = sentence(subject, bare=True)
    opening = talk.post(talk.account, text, talk.start, talk.meaning(talk.intent), None)
    talk.title = f"Re: {talk.title}"
    return opening


def _review(talk: Talk) -> Message:
    talk.thread = talk.scene.native("rv-t")
    text = talk.opening_text(long=True)
    if talk.intent == "complaint" and not talk.foreign and talk.chance(0.5):
        text = f"{text} {sentence(talk.writer.any('verdict'))}"
    subject = "title" if talk.intent == "complaint" else "subject"
    talk.title = sentence(talk.writer.of_topic(subject), bare=True)
    opening = talk.post(talk.account, text, talk.start, talk.meaning(talk.intent), None)
    good, draw = talk.intent == "praise", talk.rng.random()
    opening.rating = (5 if draw < 0.65 else 4) if good else (1 if draw < 0.5 else 2 if draw < 0.85 else 3)
    if not good and opening.rating == 3:
        opening.meaning.sentiment = "negative" if talk.chance(0.5) else "neutral"
    return opening


def _exchange(talk: Talk, opening: Message) -> None:
    """The company's part: praise is thanked for, most else is answered, held, sent elsewhere or forgotten."""
    if talk.intent == "praise":
        if talk.chance(0.5):
            reply = talk.writer.any("praise_reply")
            talk.brand(reply, talk.answered_at(opening.when), "thanks", opening, plain=True)
        return
    if talk.chance(ACKNOWLEDGED.get(talk.channel, 0.0)):
        talk.bot(opening)
    sour = talk.person.temper == "sufferer"
    never = 0.4 if sour else 0.55 if talk.channel == "reddit" else 0.3 if talk.channel == "reviews" else NEVER
    asked, when = opening, talk.answered_at(opening.when)
    forgotten = talk.chance(never)
    if (forgotten or when - opening.when > 100_000) and talk.chance(0.3):
        chased = min(talk.later(opening.when, 1500), when - 60 if not forgotten else when + 10**9)
        if chased > opening.when:
            asked = talk.customer(talk.writer.any("chase"), chased, "complaint", opening)
            forgotten = forgotten and not talk.chance(0.3)
            when = max(when, talk.answered_at(chased))
    if forgotten:
        return
    if talk.channel != "mail" and talk.chance(0.11):
        _redirect(talk, asked, when)
        return
    if talk.chance(0.13):
        held = talk.brand(talk.writer.any("holding"), when, "holding", asked)
        if talk.chance(0.15):
            return
        when = talk.answered_at(held.when)
    _answer(talk, asked, when)


def _answer(talk: Talk, asked: Message, when: int) -> None:
    bare_parent = None if talk.channel == "forum" and talk.chance(0.4) else asked
    answer = talk.brand(talk.solution(), when, "answer", bare_parent)
    if talk.channel != "mail" and talk.chance(0.09):
        facts = talk.writer.facts
        facts["extra"] = talk.solution()
        text = talk.writer.any("part_two")
        answer = talk.brand(text, when + 25 + int(talk.rng.random() * 50), "answer", bare_parent, plain=True)
    slow = when - talk.start > 90_000
    happy = _react(talk, answer, slow)
    _survey(talk, happy)
    if happy and talk.chance(0.07):
        back = talk.later(answer.when, 5_000)
        reopened = talk.customer(talk.writer.any("reopen"), back, "complaint", answer)
        if not talk.chance(NEVER):
            again = talk.brand(talk.solution(), talk.answered_at(back), "answer", reopened)
            _react(talk, again, True)


def _react(talk: Talk, answer: Message, slow: bool) -> bool:
    """What the person says to the answer; whether the matter is settled."""
    draw = talk.rng.random() * (2.0 if talk.person.temper == "sufferer" else 1.0)
    when = talk.later(answer.when, 35)
    writer = talk.writer
    if draw < 0.42:
        if talk.foreign:
            talk.customer(talk.foreign_thanks(), when, "thanks", answer)
        elif slow and talk.chance(0.5):
            talk.customer(writer.any("thanks_grudging"), when, "thanks", answer, mood="neutral")
        else:
            talk.customer(_thanks(talk), when, "thanks", answer)
        return True
    if draw < 0.64 and not talk.foreign:
        question, reply = talk.topic.more[int(talk.rng.random() * len(talk.topic.more))]
        text = render(question, writer.facts, talk.rng)
        if talk.chance(0.9):
            lead = writer.any("follow").strip()
            text = f"{lead} {text if lead[-1] == '.' else text[0].lower() + text[1:]}"
        if talk.chance(0.35):
            text = f"{text} {sentence(writer.any('consequence'))}"
        asked = talk.customer(text, when, "question", answer)
        if talk.chance(NEVER):
            return False
        told = talk.brand(render(reply, writer.facts, talk.rng), talk.answered_at(when), "answer", asked)
        if talk.chance(0.45):
            talk.customer(_thanks(talk), talk.later(told.when, 40), "thanks", told)
        return True
    if 0.92 < draw < 1.5 and not talk.foreign:
        talk.customer(writer.any("bitter"), when, "complaint", answer)
        return False
    return draw < 0.92


def _thanks(talk: Talk) -> str:
    text = talk.writer.any("thanks")
    return f"{sentence(text)} {sentence(talk.writer.any('thanks_extra'))}" if talk.chance(0.55) else text


def _redirect(talk: Talk, asked: Message, when: int) -> None:
    """Ask for a private message; two in three go on by mail."""
    sent = talk.brand(talk.writer.any("redirect"), when, "redirect", asked)
    mail = talk.person.mail
    if not mail or talk.foreign or not talk.chance(0.65):
        return
    start = talk.later(sent.when, 25)
    private = Talk(talk.scene, talk.person, mail, talk.topic.name, intent=talk.intent, start=start,
                   during=talk.during)  # fmt: skip
    private.writer.facts.update(talk.writer.facts)
    private.thread = private.scene.native("ml-t")
    private.title = sentence(private.writer.facts["subject"], bare=True)
    text = f"{sentence(private.writer.any('redirected_mail'))} {private.opening_text(long=True)}"
    body = private.writer.letter(text, private.person)
    opening = private.post(private.account, body, start, private.meaning(private.intent), None)
    opening.continues = f"{talk.channel}:{sent.native}"
    private.title = f"Re: {private.title}"
    _exchange(private, opening)


def _neighbours(talk: Talk, opening: Message) -> None:
    """Other customers in the thread: they help, have the same trouble, or chat; now and then ten of them."""
    crowd = talk.channel == "forum" and talk.intent in ("complaint", "question") and talk.chance(CROWD)
    count = 10 + int(talk.rng.random() * 5) if crowd else int(3.2 * talk.rng.random() ** 1.6)
    writer, last = talk.writer, opening.when
    if talk.foreign or talk.intent == "praise":
        return
    for _ in range(count):
        person = talk.scene.people.draw(talk.rng, talk.channel, talk.scene.index)
        if person.number == talk.person.number or person.language != talk.language:
            continue
        last = talk.later(last, 25 if crowd else 90)
        account = person.accounts[talk.channel][0]
        draw = talk.rng.random()
        if crowd or (talk.during and draw < 0.7):
            writer.facts["situation"] = writer.any("crisis") if talk.during else writer.of_topic("complaint")
            text, intent = writer.any("metoo"), "complaint"
        elif draw < 0.75:
            text, intent = f"{writer.any('peer_opener')} {writer.of_topic('peer')}", "answer"
        else:
            text, intent = writer.any("chatter"), "other"
        parent = opening if talk.channel == "reddit" or talk.chance(0.4) else None
        face = "emoji_bad" if intent == "complaint" else None
        talk.post(account, writer.reply(text, person, face), last, talk.meaning(intent), parent)
    if crowd:
        writer.facts["answer"] = talk.solution()
        talk.brand(writer.any("broadcast"), talk.answered_at(last), "broadcast", None, plain=True)


def _survey(talk: Talk, happy: bool) -> None:
    """Ask how it went, mostly after a mail; a third answers."""
    accounts = talk.person.accounts.get("survey")
    if not accounts or not talk.chance(0.85 if talk.channel == "mail" else 0.3):
        return
    asked = talk.scene.items[-1].when + 3600 + int(talk.rng.random() * 90_000)
    rating = Rating(asked, talk.scene.native("cs"), accounts[0], "csat", None, 1, 5, asked, language=talk.language)
    if talk.chance(0.33):
        draw = talk.rng.random()
        rating.value = (5 if draw < 0.6 else 4 if draw < 0.93 else 3) if happy else 1 + int(draw * 3)
        rating.when = talk.later(asked, 300)
        if talk.chance(0.5) and not talk.foreign:
            verbatim(talk, rating, "csat_good" if happy else "csat_bad", "praise" if happy else "complaint")
    if rating.when >= talk.scene.horizon:
        raise TooLate
    talk.scene.ratings.append(rating)


def verbatim(talk: Talk, rating: Rating, phrases: str, intent: str, mood: str | None = None) -> None:
    """What somebody adds to a figure: part of the answer, and a message of the survey channel."""
    home, title, thread = talk.channel, talk.title, talk.thread
    talk.channel, talk.title, talk.thread = "survey", None, None
    text = talk.writer.reply(talk.writer.any(phrases), talk.person)
    talk.post(rating.account, text, rating.when, talk.meaning(intent, mood), None)
    talk.channel, talk.title, talk.thread = home, title, thread
    rating.verbatim = text


def recommend(talk: Talk) -> None:
    """Ask a customer whether they would recommend the bank, out of the blue."""
    rating = Rating(talk.start, talk.scene.native("np"), talk.account, "nps", None, 0, 10, talk.start,
                    language=talk.language)  # fmt: skip
    if talk.chance(0.4):
        draw = talk.rng.random()
        low = 7 + int(draw * 7) % 2 if draw < 0.75 else int((draw - 0.75) * 28)
        rating.value = 9 + int(draw * 5) % 2 if draw < 0.45 else low
        rating.when = talk.later(talk.start, 400)
        mood = "good" if rating.value > 8 else "mid" if rating.value > 6 else "bad"
        if talk.chance(0.6) and not talk.foreign:
            intent = {"good": "praise", "mid": "other", "bad": "complaint"}[mood]
            verbatim(talk, rating, f"nps_{mood}", intent)
    talk.scene.ratings.append(rating)
