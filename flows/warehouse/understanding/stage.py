"""Understand what a refresh touched: the setting's first analyser reads everything, the others as time allows.

Each page commits by itself, with the keys that it touches: a refresh that is killed loses the pages that were being
read, and the next goes on from there. With nothing to read no analyser is imported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from flows.settings import Settings
from flows.understand.analyzer import Analyzer, Text, Understanding
from flows.understand.profile import Profile
from flows.understand.registry import open_analyzer
from flows.warehouse.database import Connection
from flows.warehouse.refresh.claims import Claim
from flows.warehouse.understanding import meaning, themes
from flows.warehouse.understanding.company import base_of, read_profile, with_lists
from flows.warehouse.understanding.copies import lead_again
from flows.warehouse.understanding.due import Message, Step, Target, due, erase_gone, in_pages
from flows.warehouse.understanding.reading import in_order, read, readers
from flows.warehouse.understanding.writing import Said, is_dated, known, write

PAGE = 1000
STATE = "select analyser, version, is_complete from understanding.analysers where speed = %s"
# What somebody accepted while it was read stands, and is for the next refresh.
COMPLETE = """
    insert into understanding.analysers (speed, analyser, version, is_complete)
    values (%(speed)s, %(analyser)s, %(version)s, %(is_complete)s)
    on conflict (speed) do update set
        is_complete = excluded.is_complete, analyser = excluded.analyser, version = excluded.version
    where (analysers.analyser, analysers.version) is not distinct from (%(was_analyser)s, %(was_version)s)
"""
# What an analyser read that the setting no longer names is for the others, wherever it stands.
LEFT_OUT = (
    "update understanding.analysers set is_complete = false"
    " where is_complete and speed <> all(%s::text[] || '{meaning}') returning 1"
)
ALL_DUE = "update understanding.analysers set is_complete = false where is_complete"
BEHIND = """
    select
        exists (
            select from understanding.analysers where is_complete and speed <> all(%(chain)s::text[] || '{meaning}')
        )
        or (
            select count(*) from understanding.analysers where is_complete and speed = any(%(wanted)s)
        ) < cardinality(%(wanted)s::text[])
"""
TEXTS = """
    select m.message_id, concat_ws(e'\\n', nullif(m.title, ''), nullif(m.body, '')), m.language_declared, m.channel
    from {latest} as m where m.message_id = any(%s)
"""
Group = list[Message]


@dataclass(slots=True)
class Progress:
    """How far an analyser is: of how many texts, how many it read, and on how many of these it failed."""

    speed: str
    texts: int
    until: float | None = None  # on the clock of time.monotonic
    read: int = 0
    failed: int = 0
    left: int = 0
    seconds: float = 0.0
    stopped: str | None = None  # why it may read no more in this run: a budget is used up, a server does not answer
    waits_for_acceptance: str | None = None  # the new version that reads what is new, and nothing again

    @property
    def wants_somebody(self) -> bool:
        """Whether a person has something to decide or to mend."""
        return bool(self.failed or self.stopped or self.waits_for_acceptance)

    @property
    def told(self) -> str:
        """All of it as one line for people."""
        parts = [f"{self.speed} read {self.read:,} of {self.texts:,} texts in {self.seconds:.1f} s"]
        if self.stopped:
            parts.append(f"it stopped: {self.stopped}; what others said of the rest stays")
        if self.left:
            parts.append("the rest waits for the next refreshes")
        if self.failed:
            parts.append(f"it failed on {self.failed:,}, which are not understood")
        if self.waits_for_acceptance:
            parts.append(f"{self.waits_for_acceptance} is new: `vigie understand diff`, then `accept`")
        return "; ".join(parts)


Tell = Callable[[Progress], None]
Opened = dict[tuple[str, Profile], Analyzer]  # in a refresh, pass after pass: a budget is one


@dataclass(slots=True)
class _Stage:
    target: Target
    config: Settings
    tell: Tell
    profile: Profile
    opened: Opened
    told: list[Progress] = field(default_factory=list)


def is_behind(connection: Connection, config: Settings) -> bool:
    """Whether stored messages wait for an analyser, besides those that a refresh touches."""
    chain = list(config.analysers)
    wanted = [*chain, meaning.NAME] if config.meaning != "off" else chain
    row = connection.execute(BEHIND, {"chain": chain, "wanted": wanted}).fetchone() if chain else None
    return bool(row and row[0])


def understand(
    connection: Connection,
    config: Settings,
    claim: Claim,
    intermediate: str,
    *,
    tell: Tell = lambda _: None,
    opened: Opened | None = None,
) -> list[Progress]:
    """Bring `understanding` up to date with a refresh's messages, which stand in a schema; what each analyser did.

    `opened` are analysers that an earlier pass of the refresh opened; those opened now are put in.
    Raises SettingError where an analyser cannot be opened.
    """
    target, chain = Target(connection, claim, intermediate), config.analysers
    with connection.transaction():
        lead_again(target, erase_gone(target))
    if connection.execute(LEFT_OUT, (list(chain),)).fetchall():
        connection.execute(ALL_DUE)
    if not chain:
        return []
    stage = _Stage(target, config, tell, read_profile(connection, target.staging), {} if opened is None else opened)
    until = time.monotonic() + config.understand_seconds
    for speed in chain:
        _take_step(stage, speed, until if speed != chain[0] else None)
    if config.meaning != "off":
        _keep_meaning(stage)
    return stage.told


def _take_step(stage: _Stage, speed: str, until: float | None) -> None:
    """Have one analyser read what is due to it, until a moment."""
    target, chain = stage.target, stage.config.analysers
    row = target.connection.execute(STATE, (speed,)).fetchone()
    name, version, is_complete = row or (None, None, False)
    before = {"was_analyser": name, "was_version": version}
    wanted = with_lists(version or "", stage.profile)
    is_whole = target.claim.is_full or not is_complete or version not in {None, wanted}
    step = Step(speed, name or "", wanted, True, chain)
    left, groups = 0, due(target, step, is_whole=is_whole)
    if groups:
        key = (speed, stage.profile)
        analyzer = stage.opened[key] = stage.opened.get(key) or open_analyzer(speed, stage.profile)
        is_accepted = name is None or (name, base_of(wanted)) == (analyzer.name, base_of(analyzer.version))
        step = Step(speed, analyzer.name, with_lists(analyzer.version, stage.profile), is_accepted, chain)
        if is_accepted:
            name, version = step.analyser, step.version
        else:  # it reads what is new, and nothing again
            groups = due(target, step, is_whole=is_whole)
        if groups:
            progress = Progress(speed, sum(map(len, groups)), until)
            progress.waits_for_acceptance = None if is_accepted else f"{analyzer.name} {analyzer.version}"
            stage.told.append(progress)
            _read(stage, step, analyzer, groups, progress)
            left = progress.left = progress.texts - progress.read
    if is_whole or left or row is None or row[0] is None:
        accepted = with_lists(version, stage.profile) if version else None
        values = {"speed": speed, "analyser": name, "version": accepted, "is_complete": not left, **before}
        target.connection.execute(COMPLETE, values)


def _keep_meaning(stage: _Stage) -> None:
    """Have the meaning of texts kept, as far as that can be and as time allows."""
    connection, config = stage.target.connection, stage.config
    is_all = config.meaning == "all"
    model, left = None, 0
    row = connection.execute(STATE, (meaning.NAME,)).fetchone()
    if (is_all or set(meaning.ENCODERS) & set(config.analysers)) and meaning.has_table(connection):
        from flows.understand.meaning import model as model_of_meaning  # numpy

        model = model_of_meaning()
        is_whole = stage.target.claim.is_full or row is None or not row[2] or row[:2] != (model, config.meaning)
        texts = meaning.due(stage.target, model, is_all=is_all, is_whole=is_whole)
        if texts:
            started = time.monotonic()
            progress = Progress(meaning.NAME, len(texts), started + config.meaning_seconds)
            stage.told.append(progress)

            def tell(done: int) -> None:
                progress.read, progress.seconds = done, round(time.monotonic() - started, 3)
                stage.tell(progress)

            progress.read = meaning.keep(stage.target, config, model, texts, tell)
            left = progress.left = progress.texts - progress.read
        if not left:
            meaning.make_index(connection)
            themes.look(stage.target, model)
    was_analyser, was_version = row[:2] if row else (None, None)
    values = {"speed": meaning.NAME, "analyser": model, "version": config.meaning, "is_complete": not left}
    connection.execute(COMPLETE, values | {"was_analyser": was_analyser, "was_version": was_version})


def _read(stage: _Stage, step: Step, analyzer: Analyzer, groups: Sequence[Group], progress: Progress) -> None:
    started = time.monotonic()
    processes = stage.config.understand_processes
    with readers(step.speed, stage.profile, analyzer, texts=len(groups), processes=processes) as (submit, ahead):
        pages = _pages(stage, step, groups, progress.until, getattr(analyzer, "page", None) or PAGE)
        for (page, alike), outcome in in_order(pages, submit, ahead):
            read_now = page[: len(outcome.understandings)]
            said, failed, stopped = _spread(stage, analyzer, read_now, outcome.understandings)
            write(stage.target, step, said, alike)
            progress.read += len(said) + len(alike)
            progress.failed += outcome.failed + failed
            progress.seconds = round(time.monotonic() - started, 3)
            stage.tell(progress)
            progress.stopped = outcome.stopped or stopped
            if progress.stopped:
                break


Page = tuple[list[Group], list[tuple[Message, str]]]


def _pages(
    stage: _Stage, step: Step, groups: Sequence[Group], until: float | None, size: int
) -> Iterator[tuple[Page, list[Text]]]:
    """Give pages of groups with a text of each that nobody read before, while there is time."""
    for page in in_pages(groups, size):
        if until is not None and time.monotonic() >= until:
            return
        read_before = known(stage.target.connection, step, [group[0].text_hash for group in page])
        alike = [
            (message, read_before[message.text_hash])
            for group in page
            for message in group
            if message.text_hash in read_before
        ]
        new = [group for group in page if group[0].text_hash not in read_before]
        yield (new, alike), _texts(stage, [group[0] for group in new])


def _texts(stage: _Stage, messages: Sequence[Message]) -> list[Text]:
    """Return the texts of messages, in their order."""
    latest = sql.Identifier(stage.target.intermediate, "int_messages_latest")
    query = sql.SQL(TEXTS).format(latest=latest)
    rows = stage.target.connection.execute(query, ([message.message_id for message in messages],)).fetchall()
    found = {message_id: (text, language, channel) for message_id, text, language, channel in rows}
    return [
        Text(text, message.is_company, message.posted_at, language, channel or "")
        for message in messages
        for text, language, channel in [found[message.message_id]]
    ]


def _spread(
    stage: _Stage, analyzer: Analyzer, groups: Sequence[Group], understood: Sequence[Understanding]
) -> tuple[list[Said], int, str | None]:
    """Give each message of a group what its first says; those of another day than it are read by themselves where a
    date in it hangs on that.
    """
    said, failed, stopped = [], 0, None
    for group, understanding in zip(groups, understood, strict=True):
        others: Group = []
        for message in group:
            if is_dated(understanding) and message.posted_at != group[0].posted_at:
                others.append(message)
            else:
                said.append(Said(message, understanding))
        if others:
            again = read(analyzer, _texts(stage, others))
            # Those that may not be read now are due again.
            said += [Said(message, one) for message, one in zip(others, again.understandings, strict=False)]
            failed, stopped = failed + again.failed, again.stopped or stopped
    return said, failed, stopped
