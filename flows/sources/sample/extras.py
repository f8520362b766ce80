"""What is no conversation: noise, near-copies, announcements, campaigns, reviews changed later, who left."""

from __future__ import annotations

from dataclasses import replace

from flows.sources.sample import clock
from flows.sources.sample.company import AGENT_ACCOUNTS, Account
from flows.sources.sample.facts import Facts
from flows.sources.sample.items import Meaning, Message
from flows.sources.sample.people import PUBLIC
from flows.sources.sample.phrases import material, noise, render
from flows.sources.sample.scene import PREFIX, Scene
from flows.sources.sample.scripts import converse
from flows.sources.sample.talk import Talk
from flows.sources.sample.writing import sentence

NOISE = ("namesake",) * 8 + ("joke",) * 4 + ("job",) * 3 + ("spam",) * 4 + ("phishing",) * 2 + ("newsletter",) * 3
NOISE_HOMES = ("twitter",) * 7 + ("mastodon", "reddit", "forum")
SWAPS = ((" et ", " & "), ("!", "!!"), (".", "…"), (" très ", " trop "), (" and ", " & "), (",", " -"))


def noise_message(scene: Scene, start: int) -> Message:
    """Something that no customer wrote: another company of that name, a joke, a job, spam, phishing."""
    rng = scene.rng
    kind = NOISE[int(rng.random() * len(NOISE))]
    language = "fr" if rng.random() < 0.72 else "en"
    phrases = noise()[kind][language]
    text = sentence(render(phrases[int(rng.random() * len(phrases))], Facts(rng, language, scene.day), rng))
    home = "mail" if kind == "newsletter" else NOISE_HOMES[int(rng.random() * len(NOISE_HOMES))]
    number = int(rng.random() ** 2 * 400)
    if home == "mail":
        handle = f"lettre{number}"
        account = Account("mail", f"{handle}@example.com", handle, f"Lettre {number}", f"noise:{kind}:{number}")
    else:
        handle = "tilIeul_aide" if kind == "phishing" and number % 2 else f"{kind}_{number}"
        role = "bot" if kind == "job" and home in ("twitter", "mastodon") else None
        account = Account(home, handle, handle, handle.replace("_", " ").title(), f"noise:{handle}", role)
    thread = {"mail": "ml-t", "reddit": "t3", "forum": "fo-t"}.get(home)
    meaning = Meaning("other", language=language, is_noise=True)
    message = Message(
        start, scene.native(PREFIX[home]), home, account, text, meaning,
        title=text[:40].rsplit(" ", 1)[0] if thread else None, thread=scene.native(thread) if thread else None,
        reach=rng.random() * 0.5,
    )  # fmt: skip
    scene.items.append(message)
    return message


def copies(scene: Scene, original: Message, talk: Talk, often: float) -> None:
    """Retweets of what was just posted, and the same text posted elsewhere by its author."""
    rng = scene.rng
    if original.channel == "twitter" and rng.random() < often:
        for _ in range(1 + int(4 * rng.random() ** 2)):
            person = scene.people.draw(rng, "twitter", scene.index)
            account = person.accounts["twitter"][0]
            if account.native == original.account.native:
                continue
            body = f"RT @{original.account.handle}: {original.body}"
            _copy(scene, original, account, body, talk.later(original.when, 30))
    if original.channel in PUBLIC and rng.random() < 0.25:
        others = [p for p in ("twitter", "forum", "reddit", "mastodon")
                  if p in talk.person.accounts and p != original.channel]  # fmt: skip
        if others and talk.intent in ("complaint", "question"):
            body = original.body.replace("@TilleulAide", "").replace("@tilleul", "").strip()
            home = others[int(rng.random() * len(others))]
            body = f"@TilleulAide {body}" if home == "twitter" else body
            _copy(
                scene, original, talk.person.accounts[home][0], body, original.when + 120 + int(rng.random() * 900)
            )


def _copy(scene: Scene, original: Message, account: Account, body: str, when: int) -> None:
    if when >= scene.horizon:
        return
    home = account.platform
    thread = {"reddit": "t3", "forum": "fo-t"}.get(home)
    title = (original.title or body[:40].rsplit(" ", 1)[0]) if thread else None
    copy = Message(when, scene.native(PREFIX[home]), home, account, body, original.meaning, title=title)
    copy.thread = scene.native(thread) if thread else None
    copy.copy_of, copy.reach = f"{original.channel}:{original.native}", scene.rng.random()
    scene.items.append(copy)


def campaign(scene: Scene, start: int) -> None:
    """A dozen accounts and more post one text with small changes, within two hours."""
    rng = scene.rng
    language = "fr" if rng.random() < 0.7 else "en"
    phrases = noise()["campaign"][language]
    text = render(phrases[int(rng.random() * len(phrases))], Facts(rng, language, scene.day), rng)
    first: Message | None = None
    for place in range(10 + int(rng.random() * 15)):
        handle = f"citoyen_{int(rng.random() * 90_000)}"
        account = Account("twitter", handle, handle, handle, f"noise:{handle}")
        old, new = SWAPS[int(rng.random() * len(SWAPS))]
        body = sentence(text.replace(old, new, 1)) + (f" #{'BoycottTilleul' if place % 2 else 'Tilleul'}")
        meaning = Meaning("complaint", "negative", "service", language=language, is_noise=True)
        when = start + place * 300 + int(rng.random() * 280)
        message = Message(when, scene.native("tw"), "twitter", account, body, meaning)
        message.copy_of = f"twitter:{first.native}" if first else None
        scene.items.append(message)
        first = first or message


def announcement(scene: Scene, when: int, crisis: bool = False) -> None:
    """The team tells everybody something, on the forum or on Twitter, answering nobody."""
    rng = scene.rng
    person = scene.people.draw(rng, "forum", scene.index)
    account = person.accounts["forum"][0]
    talk = Talk(scene, person, account, "login" if crisis else "documents", intent="question", start=when)
    text = talk.writer.any("crisis_news" if crisis else "news")
    talk.channel = "twitter" if rng.random() < (0.7 if crisis else 0.4) else "forum"
    if talk.channel == "forum":
        talk.thread = scene.native("fo-t")
        talk.title = sentence(talk.writer.any("news_title"), bare=True)
    posted = talk.brand(text, when, "broadcast", None, plain=True)
    if talk.channel == "forum" and rng.random() < 0.6:
        talk.writer.facts["situation"] = talk.writer.of_topic("complaint")
        talk.customer(talk.writer.any("chatter"), talk.later(when, 120), "other", posted)


def changed_review(talk: Talk, opening: Message) -> None:
    """A low rating goes up by one after an answer, and says so: the same review, edited."""
    answer = next((m for m in talk.scene.items[::-1][:12] if m.parent == opening.native), None)
    if answer is None or opening.rating is None or opening.rating > 3 or not talk.chance(0.15):
        return
    when = talk.later(answer.when, 900)
    if when >= talk.scene.horizon:
        return
    edit = sentence(talk.writer.any("review_edit"))
    opening.later = when
    meaning = replace(opening.meaning, sentiment="neutral")
    edited = replace(opening, when=when, edited=when, posted=opening.when, later=None, meaning=meaning)
    edited.body, edited.rating = f"{opening.body}\n\n{edit}", opening.rating + 1
    talk.scene.items.append(edited)


def former_agent(scene: Scene) -> None:
    """Who left writes with the old account, as a customer like any other."""
    start = clock.at(scene.day, 19 * clock.HOUR + int(scene.rng.random() * 7000))
    person = replace(scene.people.draw(scene.rng, "forum", scene.index), key="agent:Malo", first="Malo",
                     language="fr", temper="plain", accounts={})  # fmt: skip
    account = replace(AGENT_ACCOUNTS["forum", "Malo"], brand=None)
    topics = tuple(material("fr").topics)
    converse(Talk(scene, person, account, topics[int(scene.rng.random() * len(topics))], intent="question",
                  start=start))  # fmt: skip
