"""Stack Exchange: backoff, quota, keys, answers that cannot be used, and the form."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from flows.errors import SettingError
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.stackexchange.source import StackExchange
from tests.helpers.stackexchange import Reader, T, talk
from tests.servers.feed_server import Reply
from tests.servers.stackexchange_server import Post


def test_a_backoff_is_waited_for_before_the_method_is_asked_again(reader: Reader) -> None:
    talk(reader.there)
    reader.there.said = {"backoff": 20}
    reader.run(page_size=1, watch_days=0)
    assert (reader.requests(), reader.waited) == (["/questions"] * 3, 40)
    reader.run(page_size=1, watch_days=0)
    assert (reader.requests(), reader.waited) == (["/questions"], 60), "the next run waits, too"
    reader.there.said = {"backoff": 600}
    reader.later(minutes=1)
    reader.run(page_size=1, watch_days=0)
    ran = reader.run(page_size=1, watch_days=0)
    assert ran.gaps == ["the API asks for a rest of 600 s, longer than a run waits: the next run goes on from here"]


def test_a_quota_that_is_used_up_ends_the_run_and_is_not_tried_again_before_its_time(reader: Reader) -> None:
    talk(reader.there)
    reader.there.quota = 2
    ran = reader.run()
    assert (len(ran.gaps), "quota is used up" in ran.gaps[0], ran.error) == (1, True, "")
    reader.requests()
    reader.later(hours=1)
    assert (len(reader.run().gaps), reader.requests()) == (1, [])
    reader.later(hours=12)
    reader.there.quota = 300
    reader.run()
    assert sorted(reader.versions) == ["1", "2", "3", "4", "c50", "c51"]


def test_a_throttled_request_says_when_to_come_back(reader: Reader) -> None:
    talk(reader.there)
    reader.there.quota = 0
    assert "left alone for 4,000 s" in reader.run().gaps[0]
    reader.there.quota = 300
    reader.later(seconds=3000)
    assert len(reader.run().gaps) == 1
    reader.later(seconds=1001)
    assert reader.run().gaps == []


def test_a_busy_api_is_asked_again_after_the_time_that_it_names(reader: Reader) -> None:
    talk(reader.there)
    reader.server.faults = [Reply(status=429, headers={"Retry-After": "11"}), Reply(status=503)]
    assert reader.run().error == ""
    assert reader.waited >= 11


def test_a_refused_request_is_told_in_the_words_of_the_api(reader: Reader) -> None:
    reader.server.faults = [
        Reply(b'{"error_id": 400, "error_name": "bad_parameter", "error_message": "tagged"}', 400)
    ]
    ran = reader.run()
    assert (ran.reasons, "400 bad_parameter tagged" in ran.rejects[0].detail) == (["error status"], True)
    reader.server.faults = [Reply(b'{"wrapper": 1}')]
    ran = reader.run()
    assert (ran.reasons, ran.rejects[0].content) == (["layout changed"], b'{"wrapper": 1}')


def test_an_item_that_is_none_is_rejected_and_nothing_is_taken_as_deleted(reader: Reader) -> None:
    talk(reader.there)
    reader.run()
    reader.later(hours=9)
    listing = b'{"items": [], "has_more": false}'
    broken = b'{"items": [7, {"question_id": 1, "creation_date": "x", "link": "y"}], "has_more": false}'
    reader.server.faults = [Reply(listing), Reply(broken)]
    ran = reader.run()
    assert (ran.reasons[:2], ran.dead) == (["wrong shape"] * 2, [])


def test_a_nul_is_left_out_and_talk_of_one_is_not(reader: Reader) -> None:
    tags = ("example-sdk",)
    reader.there.add(Post(1, T - 9, "a \0 b", "x", tags), Post(2, T - 8, r"what is \u0000 for?", "y", tags))
    ran = reader.run()
    bodies = {number: mapped["body"] for number, mapped in ran.mapped.items()}
    assert bodies == {"1": "a  b", "2": r"what is \u0000 for?"}
    assert {record.record_id for record in ran.records if record.repaired} == {"1"}
    assert ran.reasons == []


def test_a_key_is_sent_and_never_shown(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_KEY", "s3cr3t)key")
    talk(reader.there)
    reader.run(key_env="EXAMPLE_KEY")
    assert all("key=s3cr3t%29key" in path for path in reader.server.paths())
    reader.server.faults = [Reply(status=500)] * 3 + [Reply(reset=True)] * 3
    ran = reader.run(key_env="EXAMPLE_KEY", tags=["a", "b"])
    said = str([(r.detail, r.content, r.locator) for r in ran.rejects]) + ran.error + str(ran.pages)
    assert (len(ran.rejects), "s3cr3t" in said) == (2, False)
    monkeypatch.delenv("EXAMPLE_KEY")
    with pytest.raises(SettingError, match="EXAMPLE_KEY"):
        list(reader.open(hosts=reader.hosts, clock=reader.clock, key_env="EXAMPLE_KEY").pages(None, {}))


def test_the_form_describes_every_field_and_wants_something_to_look_for() -> None:
    assert all(field.description for name, field in StackExchangeConfig.model_fields.items() if name != "type")
    with pytest.raises(ValidationError, match="at least one"):
        StackExchangeConfig(name="x", exchange="stackoverflow")
    with pytest.raises(ValidationError):
        StackExchangeConfig(name="x", exchange="a:b", tags=["c"])
    facts = StackExchange(StackExchangeConfig(name="x", exchange="stackoverflow", tags=["c#"])).facts()
    assert (facts.site, facts.answerable) == ("stackoverflow", "intent")
