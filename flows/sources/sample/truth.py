"""The ground truth of a world, as JSON lines: what each message says, who is behind each account, the crisis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from flows.records import Json
from flows.sources.sample.clock import iso, local_day
from flows.sources.sample.company import seed_rows
from flows.sources.sample.config import SampleConfig
from flows.sources.sample.items import Message
from flows.sources.sample.source import Sample


def write_truth(config: SampleConfig, path: Path | str) -> int:
    """Write the truth to a file and return how many rows: message, rating, account, customer, brand, crisis."""
    count = 0
    with Path(path).open("wb") as file:
        for row in truth(config):
            file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def truth(config: SampleConfig) -> Iterator[Json]:
    """Yield the truth's rows: messages as they are posted, then each account when it is first seen."""
    sample = Sample(config)
    world, site, last = sample.world(), sample.site, sample.last_day()
    seen: set[tuple[str, str]] = set()
    if world.crisis:
        yield {"kind": "crisis", "from": iso(world.crisis[0]), "to": iso(world.crisis[1]), "topic": "login"}
    for row in seed_rows(site, world.first, world.days):
        yield {**row, "kind": "brand", "role": row["kind"]}
    for index, posted in world.told(0, last):
        for customer in world.joined(index):
            yield {"kind": "customer", "customer_number": customer.native, "person": customer.person}
        for item in posted:
            channel = item.channel if isinstance(item, Message) else "survey"
            key = (channel, item.account.native)
            if key not in seen:
                seen.add(key)
                account_id = f"{site}-{channel}:{item.account.native}"
                yield {"kind": "account", "account_id": account_id, "person": item.account.person}
            if isinstance(item, Message):
                if item.later is None or local_day(item.later) > last:
                    yield _message(item, site)
            else:
                yield {"kind": "rating", "rating_id": f"{site}-survey:{item.native}", "person": item.account.person}


def _message(item: Message, site: str) -> Json:
    meaning = item.meaning
    return {
        "kind": "message",
        "message_id": f"{site}-{item.channel}:{item.native}",
        "person": item.account.person,
        "intent": meaning.intent,
        "act": meaning.act,
        "sentiment": meaning.sentiment,
        "topic": meaning.topic,
        "product": meaning.product,
        "journey": meaning.journey,
        "language": meaning.language,
        "is_noise": meaning.is_noise,
        "copy_of": f"{site}-{item.copy_of}" if item.copy_of else None,
        "continues": f"{site}-{item.continues}" if item.continues else None,
    }
