"""The sample source: one config is one world, told in order, that knows what is true of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from flows.records import Page, Record
from flows.sources.sample.__main__ import main
from flows.sources.sample.clock import after_open, at, easter, holidays
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.phrases import LANGUAGES, material, noise, other_languages, read
from flows.sources.sample.source import Sample
from flows.sources.sample.truth import truth, write_truth

PARIS = ZoneInfo("Europe/Paris")
LAST = date(2026, 11, 20)
MESSAGES, RATINGS, CUSTOMERS = "sample__messages", "sample__ratings", "sample__customers"
CHANNELS = {"twitter", "reddit", "forum", "mastodon", "mail", "reviews", "survey"}
PARIS_HOUR = timedelta(hours=1)


def config(**changes: Any) -> SampleConfig:
    return SampleConfig(**{"name": "sample", "messages": 3000, "days": 60, "to_day": LAST, **changes})


def pages(given: SampleConfig, cursor: dict[str, Any] | None = None) -> Iterator[Page]:
    return Sample(given).pages(cursor, {})


def records(given: SampleConfig, cursor: dict[str, Any] | None = None) -> list[Record]:
    return [record for page in pages(given, cursor) for record in page.records]


def mapped(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(record.content)["mapped"]
    return found


@pytest.fixture(scope="module")
def world() -> list[Record]:
    return records(config(messages=15_000, days=120))


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    return list(truth(config(messages=15_000, days=120)))


@pytest.fixture(scope="module")
def messages(world: list[Record]) -> list[tuple[Record, dict[str, Any]]]:
    return [(record, mapped(record)) for record in world if record.stream == MESSAGES]


def test_one_config_is_one_world_byte_for_byte() -> None:
    once = records(config())

    assert records(config()) == once
    assert records(config(seed=2)) != once


def test_a_longer_period_keeps_what_was_there() -> None:
    first = config(from_day=date(2026, 9, 1), to_day=date(2026, 10, 10))
    longer = first.model_copy(update={"to_day": date(2026, 10, 31)})

    short, long = records(first), records(longer)

    assert len(long) > len(short) + 300
    assert long[: len(short)] == short


@pytest.mark.parametrize("size", [37, 500])
def test_a_run_that_stopped_anywhere_goes_on_to_the_same_end(size: int) -> None:
    given = config(page_size=size, messages=1500)
    whole = list(pages(given))

    for stop in (0, len(whole) // 3, len(whole) - 2, len(whole) - 1):
        before = [record for page in whole[: stop + 1] for record in page.records]
        after = records(given, whole[stop].next_cursor)
        assert before + after == [record for page in whole for record in page.records]


def test_a_schedule_finds_each_day_what_was_posted_since(monkeypatch: pytest.MonkeyPatch) -> None:
    given = config(to_day=None, messages=1500)
    found: list[Record] = []
    cursor = None
    for day in (LAST, LAST, LAST + timedelta(days=1), LAST + timedelta(days=4)):
        monkeypatch.setattr("flows.sources.sample.source.yesterday", lambda day=day: day)
        for page in pages(given, cursor):
            found += page.records
            cursor = page.next_cursor

    first = LAST - timedelta(days=given.days - 1)
    assert found == records(config(messages=1500, from_day=first, to_day=LAST + timedelta(days=4)))
    assert not records(given, cursor)


def test_a_cursor_of_another_world_starts_again() -> None:
    small = {"messages": 600, "days": 20}
    last = list(pages(config(**small)))[-1].next_cursor

    assert not records(config(**small), last)
    assert records(config(**small, seed=5), last) == records(config(**small, seed=5))


@pytest.mark.parametrize(("wanted", "days"), [(100, 120), (3000, 7), (15_000, 120)])
def test_about_as_many_messages_as_asked_for(wanted: int, days: int) -> None:
    found = sum(r.stream == MESSAGES for r in records(config(messages=wanted, days=days)))

    slack = 0.5 if wanted < 1000 else 0.15
    assert found == pytest.approx(wanted, rel=slack)


def test_progress_counts_to_the_total() -> None:
    sample = Sample(config())
    steps = [page.progress for page in sample.pages(None, {})]

    assert steps == sorted(steps)
    assert steps[-1] == pytest.approx(sample.total(), rel=0.1)


def test_a_message_keeps_the_contract(messages: list[tuple[Record, dict[str, Any]]]) -> None:
    for record, fields in messages:
        assert record.site == f"sample-{fields['channel']}"
        assert fields["channel"] in CHANNELS
        assert fields.get("author_role_declared") in (None, "customer", "brand", "bot", "other")
        assert datetime.fromisoformat(fields["posted_at"]).utcoffset() == timedelta(0)
        assert fields["body"].strip()
        assert None not in fields.values()
        assert fields["is_public"] == (fields["channel"] not in ("mail", "survey"))
        assert ("thread" in fields) == (fields["channel"] in ("forum", "mail", "reviews", "reddit"))
        assert 1 <= fields.get("rating", 1) <= 5
        if record.counters:
            assert set(record.counters) <= {"reactions", "replies", "shares"}


def test_every_channel_and_language_has_its_share(
    messages: list[tuple[Record, dict[str, Any]]], told: list[dict[str, Any]]
) -> None:
    channels = Counter(fields["channel"] for _, fields in messages)
    spoken = Counter(row["language"] for row in told if row["kind"] == "message" and not row["act"])

    assert set(channels) == CHANNELS
    assert channels["twitter"] > channels["mail"] > channels["forum"] > channels["mastodon"] > channels["survey"]
    assert 0.65 < spoken["fr"] / spoken.total() < 0.75
    assert 0.23 < spoken["en"] / spoken.total() < 0.31
    assert {"es", "de", "it"} < set(spoken)


def test_messages_come_in_the_order_of_posting_and_parents_first(world: list[Record]) -> None:
    seen: set[tuple[str, str]] = set()
    moments = []
    for record in world:
        if record.stream != MESSAGES:
            continue
        fields = mapped(record)
        if "parent" in fields:
            assert (record.site, fields["parent"]) in seen
        seen.add((record.site, record.record_id))
        moments.append(fields.get("edited_at", fields["posted_at"]))
    assert moments == sorted(moments)


def test_only_changed_reviews_come_twice(messages: list[tuple[Record, dict[str, Any]]]) -> None:
    times = Counter((record.site, record.record_id) for record, _ in messages)
    edited = {(record.site, record.record_id) for record, fields in messages if "edited_at" in fields}

    assert edited
    assert {key for key, count in times.items() if count > 1} == edited
    assert {site for site, _ in edited} == {"sample-reviews"}


def exact_duplicates(given: SampleConfig) -> float:
    copies = {row["message_id"] for row in truth(given) if row["kind"] == "message" and row["copy_of"]}
    seen: set[int] = set()
    total = again = 0
    for page in pages(given):
        for record in page.records:
            if record.stream == MESSAGES and f"{record.site}:{record.record_id}" not in copies:
                body = hash(mapped(record)["body"])
                total, again = total + 1, again + (body in seen)
                seen.add(body)
    return again / total


def test_bodies_are_varied() -> None:
    assert exact_duplicates(config(messages=15_000, days=120)) < 0.02


@pytest.mark.slow
def test_bodies_are_varied_at_150_000_messages() -> None:
    assert exact_duplicates(config(messages=150_000, days=365)) < 0.05


def test_copies_name_their_original(
    messages: list[tuple[Record, dict[str, Any]]], told: list[dict[str, Any]]
) -> None:
    bodies = {f"{record.site}:{record.record_id}": fields["body"] for record, fields in messages}
    copies = {row["message_id"]: row["copy_of"] for row in told if row["kind"] == "message" and row["copy_of"]}

    assert len(copies) > 100
    for copy, original in copies.items():
        if bodies[copy].startswith("RT @"):
            assert bodies[copy].endswith(bodies[original])


def test_the_truth_covers_every_message_and_account(
    messages: list[tuple[Record, dict[str, Any]]], told: list[dict[str, Any]]
) -> None:
    rows = [row["message_id"] for row in told if row["kind"] == "message"]
    accounts = {row["account_id"] for row in told if row["kind"] == "account"}

    assert len(rows) == len(set(rows))
    assert set(rows) == {f"{record.site}:{record.record_id}" for record, _ in messages}
    assert {f"{record.site}:{fields['account']}" for record, fields in messages} <= accounts


def test_addresses_are_of_reserved_domains_and_phones_of_the_range_for_fiction(world: list[Record]) -> None:
    text = b"\n".join(record.content for record in world).decode()

    hosts = set(re.findall(r"[\w.+-]+@([\w-]+\.[\w.-]*\w)", text))
    assert hosts <= {"example.org", "example.com", "tilleul.example"}
    assert set(re.findall(r"https?://([^/\"\s]+)", text)) == {"social.example"}
    phones = re.findall(r"\+33[ \d]+|\b0\d(?: \d\d){4}\b", text)
    assert phones
    assert all(phone.startswith("+33 1 99 00 ") for phone in phones)


class Joined:
    """Sets of accounts that evidence joins."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, key: str) -> str:
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            key = self.parent[key] = self.parent[self.parent[key]]
        return key

    def join(self, one: str, other: str) -> None:
        self.parent[self.find(one)] = self.find(other)


def evidence(world: Iterable[Record]) -> Iterator[tuple[str, str]]:
    """Accounts and what identifies them for certain."""
    for record in world:
        fields = mapped(record)
        if record.stream == CUSTOMERS:
            key = f"customer:{fields['customer_number']}"
            yield key, f"customer_number:{fields['customer_number']}"
            for given in fields["emails"]:
                yield key, f"email:{given['value']}"
            for given in fields["handles"]:
                yield key, f"handle:{given['site']}:{given['handle']}"
            continue
        if "account" not in fields:  # what customers allow, contacts and the outage name their numbers
            continue
        account = f"{record.site}:{fields['account']}"
        yield account, f"handle:{record.site}:{fields.get('handle', '')}" if "handle" in fields else account
        for given in fields.get("identifiers", []):
            if given["type"] in ("customer_number", "order_number") or given["how_known"] == "verified":
                yield account, f"{given['type']}:{given['value']}"


@pytest.mark.parametrize(("size", "seed"), [(12_000, 7), pytest.param(150_000, 3, marks=pytest.mark.slow)])
def test_certain_evidence_never_joins_two_persons(size: int, seed: int) -> None:
    given = config(messages=size, days=60, seed=seed)
    persons = {}
    for row in truth(given):
        if row["kind"] == "account":
            persons[row["account_id"]] = row["person"]
        elif row["kind"] == "customer":
            persons[f"customer:{row['customer_number']}"] = row["person"]
    sets, groups = Joined(), defaultdict(set)
    for account, fact in evidence(records(given)):
        sets.join(account, fact)
    for account, person in persons.items():
        groups[sets.find(account)].add(person)

    assert [group for group in groups.values() if len(group) > 1] == []
    apart = Counter(person for group in groups.values() for person in group if person.startswith("person:"))
    assert sum(count > 1 for count in apart.values()) > 50, "some accounts share nothing with their siblings"
    assert len(groups) < len(persons) - 200, "and many are joined"


def test_the_traps_are_there(world: list[Record], told: list[dict[str, Any]]) -> None:
    persons = {row["account_id"]: row["person"] for row in told if row["kind"] == "account"}
    names, phones, role = defaultdict(set), defaultdict(set), set()
    for record in world:
        fields = mapped(record)
        if record.stream == CUSTOMERS:
            for given in fields["phones"]:
                phones[given["value"]].add(fields["customer_number"])
        elif "display_name" in fields:
            person = persons[f"{record.site}:{fields['account']}"]
            names[fields["display_name"]].add(person)
            if any(given["value"].startswith("info@") for given in fields.get("identifiers", [])):
                role.add(person)

    assert max(map(len, names.values())) > 1
    assert max(map(len, phones.values())) == 2
    assert len(role) > 20
    assert any(account.endswith("_") for account in persons)


def test_some_customers_have_several_accounts(told: list[dict[str, Any]]) -> None:
    accounts = Counter(row["person"] for row in told if row["kind"] == "account" and row["person"][:7] == "person:")
    several = sum(count > 1 for count in accounts.values()) / len(accounts)

    assert 0.1 < several < 0.25
    assert max(accounts.values()) <= 7


def test_few_write_much(told: list[dict[str, Any]]) -> None:
    written = Counter(row["person"] for row in told if row["kind"] == "message" and row["person"][:7] == "person:")
    heaviest = sum(count for _, count in written.most_common(len(written) // 20))

    assert 0.2 < heaviest / written.total() < 0.7
    assert 10 < written.most_common(1)[0][1] < 0.03 * written.total()


def by_hour(messages: list[tuple[Record, dict[str, Any]]]) -> Counter[datetime]:
    times = (datetime.fromisoformat(fields["posted_at"]) for _, fields in messages)
    return Counter(moment.replace(minute=0, second=0) for moment in times)


def test_the_crisis_brings_several_times_the_usual_volume(
    messages: list[tuple[Record, dict[str, Any]]], told: list[dict[str, Any]]
) -> None:
    crisis = next(row for row in told if row["kind"] == "crisis")
    begin, end = (datetime.fromisoformat(crisis[key]).replace(minute=0, second=0) for key in ("from", "to"))
    hours = by_hour(messages)
    span = [begin + n * PARIS_HOUR for n in range(int((end - begin) / PARIS_HOUR))]

    during = sum(hours[hour] for hour in span)
    usual = [sum(hours[hour + timedelta(weeks=week)] for hour in span) for week in (-5, -4, -3, -2, -1, 2, 3)]

    assert end - begin == timedelta(hours=30)
    assert 3 < during / (sum(usual) / len(usual)) < 7
    assert not any(row["kind"] == "crisis" for row in truth(config(messages=100, crisis=False)))


def test_nights_and_weekends_are_quiet(messages: list[tuple[Record, dict[str, Any]]]) -> None:
    hours, days = Counter(), Counter()
    for _, fields in messages:
        moment = datetime.fromisoformat(fields["posted_at"]).astimezone(PARIS)
        hours[moment.hour] += 1
        days[moment.weekday()] += 1

    assert sum(hours[hour] for hour in range(1, 6)) < 0.06 * hours.total()
    assert days[6] < 0.75 * days[0]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_on_which_clocks_change_is_told_like_any_other(day: date) -> None:
    given = config(messages=8000, days=3, from_day=day - timedelta(days=1), to_day=day + timedelta(days=1))
    moments = {datetime.fromisoformat(mapped(r)["posted_at"]).astimezone(PARIS) for r in records(given)
               if r.stream == MESSAGES}  # fmt: skip

    days = {moment.date() for moment in moments}
    assert days == {day + timedelta(days=n) for n in range(-1, 2)}
    assert len({moment.utcoffset() for moment in moments if moment.date() == day}) == 2
    assert datetime.fromtimestamp(at(day, 9 * 3600), PARIS).hour == 9


def test_the_team_is_away_on_sundays_and_holidays() -> None:
    friday = int(datetime(2026, 12, 24, 16, 30, tzinfo=UTC).timestamp())  # 17:30 before Christmas, a Friday

    moment = datetime.fromtimestamp(after_open(friday, 3600, evenings=False), PARIS)

    assert easter(2026) == date(2026, 4, 5)
    assert {date(2026, 5, 14), date(2026, 4, 6), date(2026, 12, 25)} < holidays(2026)
    assert (moment.date(), moment.hour, moment.minute) == (date(2026, 12, 26), 9, 30)


def test_answers_take_longer_outside_hours_and_some_never_come(
    messages: list[tuple[Record, dict[str, Any]]], told: list[dict[str, Any]]
) -> None:
    acts = {row["message_id"]: row["act"] for row in told if row["kind"] == "message"}
    intents = {row["message_id"]: row["intent"] for row in told if row["kind"] == "message"}
    replied = {f"{r.site}:{f['parent']}" for r, f in messages
               if "parent" in f and acts[f"{r.site}:{r.record_id}"] not in (None, "acknowledgement")}  # fmt: skip
    asked = [f"{r.site}:{r.record_id}" for r, f in messages
             if f["channel"] == "twitter" and "parent" not in f and not f["body"].startswith("RT @")
             and intents[f"{r.site}:{r.record_id}"] in ("complaint", "question", "request")]  # fmt: skip

    unanswered = 1 - sum(one in replied for one in asked) / len(asked)
    assert 0.08 < unanswered < 0.25
    assert {"answer", "holding", "redirect", "broadcast", "acknowledgement"} < set(acts.values())
    assert any(row.get("continues") for row in told)


def test_an_agent_leaves_and_the_seed_says_when(
    messages: list[tuple[Record, dict[str, Any]]], told: list[dict[str, Any]]
) -> None:
    rows = {(row["site"], row["account"]): row for row in told if row["kind"] == "brand"}
    gone = rows["sample-forum", "Malo_Tilleul"]["valid_to"]
    acts = {row["message_id"]: row["act"] for row in told if row["kind"] == "message"}
    written = {(fields["posted_at"][:10] > gone, acts[f"{record.site}:{record.record_id}"] is None)
               for record, fields in messages if fields["account"] == "Malo_Tilleul"}  # fmt: skip

    assert (False, False) in written
    assert (True, False) not in written
    assert all("author_role_declared" not in f for _, f in messages if f["account"].endswith("o_Tilleul"))


def test_a_forum_thread_can_hold_ten_customers(messages: list[tuple[Record, dict[str, Any]]]) -> None:
    writers = defaultdict(set)
    for _, fields in messages:
        if fields["channel"] == "forum" and "brand_id" not in fields:
            writers[fields["thread"]].add(fields["account"])

    assert max(map(len, writers.values())) >= 8


def test_surveys_are_asked_and_sometimes_answered(world: list[Record]) -> None:
    ratings = [mapped(record) for record in world if record.stream == RATINGS]
    answered = [fields for fields in ratings if "value" in fields]

    assert {fields["kind"] for fields in ratings} == {"csat", "nps"}
    assert 0.25 < len(answered) / len(ratings) < 0.5
    for fields in answered:
        assert fields["scale_min"] <= fields["value"] <= fields["scale_max"]
        assert fields["asked_at"] < fields["rated_at"]
    assert not any("rated_at" in fields for fields in ratings if "value" not in fields)


def test_about_a_third_of_the_population_are_known_customers(world: list[Record]) -> None:
    customers = [mapped(record) for record in world if record.stream == CUSTOMERS]

    assert 0.3 < len(customers) / (15_000 // 4) < 0.4
    assert any(fields["handles"] for fields in customers)
    assert max(fields["since"] for fields in customers) > "2026-08"


def test_material_of_both_languages_has_the_same_shape() -> None:
    french, english = (material(language) for language in LANGUAGES)

    assert set(french.topics) == set(english.topics)
    assert set(french.common) == set(english.common)
    assert set(french.words) == set(english.words)
    assert all(topic in french.topics for uses in other_languages().values() for use, said in uses.items()
               if use != "thanks" for topic, _ in said)  # fmt: skip
    assert set(noise())


def test_a_phrase_with_an_open_bracket_is_refused() -> None:
    for wrong in ("a [b|c", "a {b"):
        with pytest.raises((ValueError, IndexError)):
            read(wrong)


def test_the_command_writes_truth_records_and_brand_accounts(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("truth.jsonl", "out.jsonl", "brand.csv")]
    code = main(["--messages", "200", "--days", "20", "--to-day", "2026-11-20", "--truth", str(files[0]),
                 "--out", str(files[1]), "--brand-accounts", str(files[2])])  # fmt: skip

    assert code == 0
    given = config(messages=200, days=20)
    assert len(files[0].read_bytes().splitlines()) == write_truth(given, tmp_path / "again.jsonl")
    assert len(files[1].read_bytes().splitlines()) == len(records(given))
    assert files[2].read_text().startswith("site,account,brand_id,kind,valid_from,valid_to\n")


def test_the_outage_is_told_with_who_is_affected_and_letters_go_to_who_allows_them(world: list[Record]) -> None:
    customers = {mapped(r)["customer_number"]: mapped(r) for r in world if r.stream == CUSTOMERS}
    permissions, contacts, events = (
        [mapped(r) for r in world if r.stream == f"sample__{name}"]
        for name in ("permissions", "contacts", "service_events")
    )
    allowed = {(numbers(row)[0], row["purpose"]) for row in permissions if row["allowed"]}

    first, last = events
    assert "ended_at" not in first
    assert last == first | {"ended_at": last["ended_at"]}
    assert 100 < len(numbers(first)) < len(customers) / 3
    assert {*numbers(first)} <= customers.keys()
    assert {"service", "marketing"} == {row["kind"] for row in contacts}
    assert {(numbers(row)[0], row["kind"]) for row in contacts} <= allowed
    told = [row for row in contacts if row.get("event")]
    assert {numbers(row)[0] for row in told} < {*numbers(first)}
    assert all(first["started_at"] < row["contacted_at"] < last["ended_at"] for row in told)
    assert all("Compte courant" in row["products"] for row in customers.values())


def numbers(row: dict[str, Any]) -> list[str]:
    return [given["value"] for given in row["identifiers"]]
