"""Every feed there is, against another reading of it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any

import orjson

from flows.records import Record
from flows.sources.feeds.mapping import STREAM
from tests.helpers.feeds import NOW, Reader
from tests.servers.feed_server import Reply


@dataclass(frozen=True)
class Expected:
    """An entry as ElementTree (or json) has it."""

    id: str | None
    title: str
    time: datetime | None
    accounts: frozenset[str]


def expected(content: bytes) -> list[Expected]:
    if content.lstrip().startswith(b"{"):
        return [_expected_json(entry, json.loads(content)) for entry in json.loads(content)["items"]]
    root = ET.fromstring(content.strip().replace(b"&nbsp;", b" "))
    is_atom = _name(root) in {"feed", "entry"}
    inherited = [child for child in root if _name(child) == "author"] if is_atom else []
    entries = [entry for entry in root.iter() if _name(entry) in {"item", "entry"}]
    once = {ET.tostring(entry).strip(): entry for entry in entries}  # the same words twice are said once
    return [_expected_xml(entry, inherited) for entry in once.values()]


def _expected_json(entry: dict[str, Any], feed: dict[str, Any]) -> Expected:
    people = entry.get("authors") or [entry.get("author") or feed.get("author") or {}]
    names = {str(p.get(key)) for p in people for key in ("url", "name") if p.get(key)}
    time = _moment(entry.get("date_published"))
    native_id = entry.get("id") or entry.get("url") or entry.get("external_url")
    return Expected(str(native_id), _squash(entry.get("title", "")), time, frozenset(names))


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _expected_xml(entry: ET.Element, inherited: list[ET.Element]) -> Expected:
    said: dict[str, list[str]] = {}
    for child in entry:
        text = " ".join(child.itertext()) if _name(child) == "title" else "".join(child.itertext())
        if "search.yahoo.com" not in child.tag:
            said.setdefault(_name(child), []).append(text.strip() or child.get("href", ""))
    rdf = entry.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    native_id = next(
        (v for v in [*said.get("guid", []), *said.get("id", []), rdf, *said.get("link", [])] if v), None
    )
    times = [_moment(v) for name in ("published", "issued", "pubDate", "created", "date", "updated", "modified")
             for v in said.get(name, [])]  # fmt: skip
    people = [child for child in entry if _name(child) in {"author", "creator"}]
    accounts: set[str] = set()
    for person in people or inherited:
        for text in [
            person.text or "",
            *(part.text or "" for part in person if _name(part) in {"name", "email", "uri"}),
        ]:
            accounts |= {text.strip(), *re.findall(r"[\w.+-]+@[\w.-]+", text)}
    title = said.get("title", [""])[0]
    return Expected(native_id, _squash(title), next(filter(None, times), None), frozenset(accounts - {""}))


def _american(said: str) -> datetime:
    return datetime.strptime(said, "%a, %b %d %Y %I:%M:%S %p")


def _moment(text: str | None) -> datetime | None:
    for parse in (datetime.fromisoformat, _american, parsedate_to_datetime):
        try:
            moment = parse((text or "").strip())
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _squash(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", unescape(text))).split())


UNREADABLE = {"rss2_rss_2.0_invalid_1.xml": "damaged feed", "xml_xml_sample_1.xml": "not a feed",
              "xml_xml_sample_2.xml": "not a feed"}  # fmt: skip
MENDED = {"rss2_rss_2.0_dbengines.xml"}  # &nbsp;, which XML does not know


def test_every_feed_is_read_as_another_reader_reads_it(reader: Reader, data: Path) -> None:
    files = [f for f in sorted((data / "feeds").rglob("*")) if f.is_file() and ".serde." not in f.name]
    assert len(files) >= 90
    told: list[str] = []
    read = 0
    for file in files:
        reader.server.routes["/feed.xml"] = Reply(file.read_bytes())
        reader.state.clear()
        ran = reader.run()
        if file.name in UNREADABLE:
            assert ran.reasons == [UNREADABLE[file.name]]
            assert ran.rejects[0].content == file.read_bytes()
            continue
        wanted = expected(file.read_bytes())
        rejects = [r for r in ran.rejects if r.reason != "damaged feed"]
        assert len(ran.records) + len(rejects) == len(wanted), file.name
        assert len(ran.rejects) == len(rejects), file.name
        assert any(record.repaired for record in ran.records) is (file.name in MENDED), file.name
        read += len(ran.records)
        unusable = [w for w in wanted if not w.id and not w.title]
        assert len(rejects) <= len(unusable), (file.name, [r.detail for r in rejects])
        kept = [w for w in wanted if w.id or w.title] if rejects else wanted
        told += [
            f"{file.name}: {difference}"
            for record, want in zip(ran.records, kept, strict=True)
            for difference in differences(record, want, reader)
        ]
    assert not told, "\n".join(told)
    print(f"{len(files)} feeds, {read} entries, {len(reader.server.asked)} requests")


def differences(record: Record, want: Expected, reader: Reader) -> Iterator[str]:
    mapped = orjson.loads(record.content)["mapped"]
    wanted_id = want.id or "sha256-"
    if want.id and want.id.isdecimal():
        wanted_id = f"127.0.0.1:{reader.server.port}/feed.xml#{want.id}"
    if record.record_id != wanted_id and not (record.record_id.startswith(wanted_id) and not want.id):
        yield f"id {record.record_id} is not {wanted_id}"
    title = _squash(mapped.get("title", ""))
    if title != want.title:
        yield f"title {title!r} is not {want.title!r}"
    posted = datetime.fromisoformat(mapped["posted_at"])
    if posted != (want.time or NOW):
        yield f"time {posted} is not {want.time}"
    if want.accounts and mapped["account"] not in want.accounts | {a.lower() for a in want.accounts}:
        yield f"account {mapped['account']!r} is none of {sorted(want.accounts)}"
    if not want.accounts and not mapped["account"].startswith("http"):
        yield f"account {mapped['account']!r} is not the feed's"
    if record.stream != STREAM or record.site != reader.server.site:
        yield f"{record.stream} {record.site}"
