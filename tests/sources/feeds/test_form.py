"""The form, the facts of a source, and the demo's feed."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.settings import PROJECT
from flows.sources.feeds.config import FeedsConfig
from flows.sources.feeds.source import Feeds
from flows.sources.http import Clock
from tests.helpers.feeds import NOW, Reader
from tests.helpers.runs import Ran


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "a.example/feed", "https://", "https://user:secret@a.example/feed", "http://a b/"]
)
def test_an_address_that_is_none_is_refused_by_the_form(url: str) -> None:
    with pytest.raises(ValidationError):
        FeedsConfig(name="papers", urls=[url])


def test_every_field_of_the_form_is_described() -> None:
    own = FeedsConfig.model_fields.keys() - {"type"}
    assert all(FeedsConfig.model_fields[name].description for name in own)


def test_a_source_says_its_site_where_it_has_one() -> None:
    one = FeedsConfig(name="papers", urls=["https://A.example:443/x", "http://a.example/y", "http://a.example/y"])
    many = FeedsConfig(name="papers", urls=["https://a.example/x", "https://b.example:8080/"])
    assert (Feeds(one).facts().site, Feeds(one).total()) == ("a.example", 2)
    assert Feeds(many).facts().site == "papers"
    assert Feeds(FeedsConfig(name="p", urls=["http://[::1]:80/x"], site=None)).facts().site == "[__1]"


def test_the_demo_serves_its_feed_and_says_304(reader: Reader, tmp_path: Path) -> None:
    environment = {"VIGIE_FEED_PORT": "0", "PATH": "", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "flows.sources.examples.feed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            config = FeedsConfig(
                name="journal", urls=[url], site="petit-journal", crawl_delay=0, allowed_private=["127.0.0.1"]
            )
            clock = Clock(now=lambda: NOW)
            pages = list(Feeds(config, clock=clock).pages(None, {}))
            again = list(Feeds(config, clock=clock).pages(None, pages[-1].state))
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(url.replace("atom.xml", "etc"))
        finally:
            process.terminate()
    ran = Ran(pages)
    assert (len(ran.records), ran.rejects, Ran(again).records) == (9, [], [])
    assert {m.get("language_declared") for m in ran.mapped.values()} == {"fr", "en"}
    assert sum("parent" in m for m in ran.mapped.values()) == 1
    assert all(m["posted_at"].startswith("2026-11-") and m["body"] for m in ran.mapped.values())
