"""An analyser behind an endpoint: listed values alone count, a budget is kept to, and nothing crashes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import SettingError, VigieError
from flows.settings import settings
from flows.sources.http import RequestPolicy
from flows.understand.analyzer import CUSTOMER_TASKS, Text
from flows.understand.external import wording
from flows.understand.external.beside import Beside
from flows.understand.external.endpoint import Endpoint, EndpointConfig
from flows.understand.models.fast import FastAnalyzer
from flows.understand.models.tasks import UNSURE_BELOW
from flows.understand.profile import Profile
from flows.understand.registry import open_analyzer
from tests.servers.completions_server import PROSE, CompletionsServer, serving
from tests.understand.test_fast import ODD

TASKS = ("intent", "sentiment", "reply_kind")
COLIS = "Mon colis n'est jamais arrivé, c'est une honte ! "


@pytest.fixture
def server() -> Iterator[CompletionsServer]:
    with serving() as server:
        yield server


Make = Callable[..., Beside]


@pytest.fixture
def make(server: CompletionsServer) -> Make:
    def make(**more: Any) -> Beside:
        config = EndpointConfig.model_validate({"url": server.url, "model": "small", "tasks": TASKS} | more)
        quick = RequestPolicy(None, 0.0, 1, 0.01, read_seconds=config.request_seconds,
                        allowed_private=("127.0.0.1",), granted_private=("127.0.0.1",))  # fmt: skip
        return Beside(Endpoint(config, quick), "fast")

    return make


def test_its_answers_stand_beside_the_shipped_ones(make: Make, server: CompletionsServer) -> None:
    text = Text(COLIS + "{intent=idea:0.7}{sentiment=positive}")
    reply = Text("Bonjour {reply_kind=holding}", is_company=True)

    customer, company = make().labels([text, reply])

    assert (customer["intent"].value, customer["intent"].probability) == ("idea", pytest.approx(0.7))
    assert customer["sentiment"].value == "positive"
    assert company["reply_kind"].value == "holding"
    # What it is not asked is the shipped analyser's
    (shipped,) = FastAnalyzer().analyze([text])
    assert customer["answerable"] == shipped.labels["answerable"]
    assert tuple(customer) == CUSTOMER_TASKS
    (body,) = server.asked
    assert (body["model"], body["temperature"], body["response_format"]) == ("small", 0, {"type": "json_object"})


def test_what_cannot_be_read_is_unsure_and_takes_no_other_with_it(make: Make, server: CompletionsServer) -> None:
    texts = [Text(f"{COLIS}{n}" + "{intent=complaint}{sentiment=negative}") for n in range(5)]
    texts[3] = Text(COLIS + "{spoil}")
    texts[4] = Text(COLIS + "{intent=complaint}{sentiment=furious}")

    told = make().labels(texts)

    assert [one["intent"].probability > 0.8 for one in told] == [True, True, True, False, True]
    (shipped,) = FastAnalyzer().analyze([texts[3]])
    assert told[3]["intent"].value == shipped.labels["intent"].value
    assert told[3]["intent"].probability < UNSURE_BELOW > told[4]["sentiment"].probability
    assert told[3]["answerable"] == shipped.labels["answerable"]  # it was not asked for


def test_where_nothing_can_ever_be_read_it_stops(make: Make, server: CompletionsServer) -> None:
    server.content = PROSE
    analyzer = make()

    assert analyzer.labels([Text(f"{COLIS}{n}") for n in range(40)]) == []
    assert "nothing in the last 5 answers of small can be read" in str(analyzer.stopped)
    assert len(server.asked) < 15


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ({"max_requests": 2}, "2 requests"),
        ({"max_tokens": 1500}, "1,500 tokens"),
        ({"max_euros": 0.0012, "euros_per_million_asked": 1, "euros_per_million_answered": 1}, "0.0012 €"),
    ],
)
def test_a_budget_is_never_gone_beyond(
    make: Make, server: CompletionsServer, limit: dict[str, Any], why: str
) -> None:
    analyzer = make(texts_per_request=1, tasks=("sentiment",), **limit)
    texts = [Text(f"{n}" + "{sentiment=positive}") for n in range(20)]

    told = analyzer.labels(texts)

    assert 0 < len(told) == len(server.asked) < 20
    assert why in str(analyzer.stopped) and "used up" in str(analyzer.stopped)
    assert sum((server.usage or {}).values()) * len(server.asked) <= limit.get("max_tokens", 1200)
    # What it may not read any more is asked of nobody
    before = len(server.asked)
    assert analyzer.labels(texts) == [] and len(server.asked) == before


def test_without_a_usage_tokens_are_counted_high(make: Make, server: CompletionsServer) -> None:
    server.usage = None
    analyzer = make(texts_per_request=1, max_tokens=2500)
    assert 0 < len(analyzer.labels([Text("{intent=idea}{sentiment=positive}")] * 20)) < 5


def test_what_is_told_to_wait_or_fails_is_tried_again(make: Make, server: CompletionsServer) -> None:
    server.statuses = [429, 500]
    (told,) = make().labels([Text("{intent=idea}{sentiment=positive}")])
    assert told["intent"].value == "idea" and len(server.asked) == 3


def test_what_is_tried_again_counts(make: Make, server: CompletionsServer) -> None:
    server.statuses = [429, 500, 429]
    analyzer = make(max_requests=2)
    assert analyzer.labels([Text("{intent=idea}{sentiment=positive}")]) == []
    assert len(server.asked) == 2 and "2 requests are used up" in str(analyzer.stopped)


@pytest.mark.parametrize(("statuses", "why"), [([401], "401"), ([500] * 9, "500"), ([302], "302")])
def test_where_it_does_not_serve_it_stops_and_says_why(
    make: Make, server: CompletionsServer, statuses: list[int], why: str
) -> None:
    server.statuses = statuses
    analyzer = make()
    assert analyzer.labels([Text("{intent=idea}")]) == []
    assert f"answers {why}" in str(analyzer.stopped)


def test_a_text_that_it_refuses_is_unsure(make: Make, server: CompletionsServer) -> None:
    server.statuses = [400, 200, 400]
    told = make().labels([Text("{intent=idea}{sentiment=positive}"), Text(COLIS)])
    assert [one["intent"].probability > 0.8 for one in told] == [True, False]


def test_who_is_too_slow_is_left(make: Make, server: CompletionsServer) -> None:
    server.slow = 1.0
    analyzer = make(request_seconds=0.1, tries=1)
    assert analyzer.labels([Text("{intent=idea}")]) == []
    assert "no whole answer" in str(analyzer.stopped)


def test_nothing_is_asked_of_a_side_without_a_task(make: Make, server: CompletionsServer) -> None:
    (told,) = make(tasks=("sentiment",)).labels([Text("Bonjour", is_company=True)])
    assert tuple(told) == ("reply_kind",) and server.asked == []


def test_names_addresses_and_numbers_are_not_sent(make: Make, server: CompletionsServer) -> None:
    text = Text("Je suis anna@example.org, @bob, 06 12 34 56 78, dossier AB1234567, https://a.example/x?c=9")
    make().labels([text])
    assert server.texts()[0] == ["Je suis [mail], [person], [number], dossier [number], [link]"]
    make(mask=False).labels([text])
    assert server.texts()[-1] == [text.text]


def test_odd_texts_get_an_answer(make: Make) -> None:
    said = "{intent=other}{sentiment=neutral}"
    told = make().labels([Text(said + text) for text in ODD])
    assert len(told) == len(ODD)
    for one in told:
        assert tuple(one) == CUSTOMER_TASKS
        assert one["intent"].value == "other" and all(np.isfinite(label.probability) for label in one.values())


json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["complaint", 1]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["answers", "n", "intent", "sentiment", "x"]), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(json_like | st.fixed_dictionaries({"answers": json_like | st.lists(json_like, max_size=3)}))
def test_any_answer_is_read_without_failing_and_gives_listed_values_alone(told: Any) -> None:
    import json

    for content in (json.dumps(told), str(told)):
        found = wording.parse(content, [Text("a"), Text("b", True)], TASKS)
        assert len(found) == 2
        for one in found:
            for task, (value, sure) in one.items():
                assert value in wording.VALUES[task] and 0 <= sure <= 1


def test_an_answer_in_a_fence_is_read_and_one_given_twice_is_not() -> None:
    one = '{"n": 1, "intent": ["idea", 0.9]}'
    fenced = f'```json\n{{"answers": [{one}]}}\n```'
    assert wording.parse(fenced, [Text("a")], TASKS) == [{"intent": ("idea", 0.9)}]
    assert wording.parse(f'{{"answers": [{one}, {one}]}}', [Text("a")], TASKS) == [{}]


def test_its_version_is_that_of_model_and_question_not_of_the_budget(make: Make) -> None:
    first = make()
    assert make(max_requests=7).version == first.version
    assert len({first.version, make(model="large").version, make(about="A bank.").version}) == 3
    assert first.name == "endpoint small"


def test_private_addresses_and_open_ways_are_refused(server: CompletionsServer) -> None:
    analyzer = Endpoint(EndpointConfig(url=server.url, model="small", tasks=("sentiment",)))  # not listed
    assert "private or reserved" in str(analyzer.read([Text("a")]).stopped)
    with pytest.raises(SettingError, match="for all to read"):
        Endpoint(EndpointConfig(url="http://llm.example.org/v1", model="small"))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Write the analyser's file, as whoever runs Vigie does."""

    def tell(config: dict[str, Any]) -> None:
        file = tmp_path / "endpoint.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        monkeypatch.setenv("VIGIE_UNDERSTAND_ENDPOINT", str(file))
        settings.cache_clear()

    yield tell
    monkeypatch.undo()
    settings.cache_clear()


def test_a_key_goes_where_it_is_listed_for(
    told: Callable[[dict[str, Any]], None], server: CompletionsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_KEY", "sesame")
    config = {"url": server.url, "model": "small", "key": "LLM_KEY", "allowed_private": ["127.0.0.1"]}
    told(config)
    with pytest.raises(SettingError, match=r"adds LLM_KEY@127\.0\.0\.1 to VIGIE_SECRETS"):
        open_analyzer("endpoint", Profile())

    monkeypatch.setenv("VIGIE_SECRETS", "LLM_KEY@127.0.0.1")
    settings.cache_clear()
    (one,) = open_analyzer("endpoint", Profile()).analyze([Text("La livraison à Lyon {intent=idea}")])

    assert server.headers[0]["authorization"] == "Bearer sesame"
    assert one.labels["intent"].value == "idea" and one.labels["language"].value == "fr"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"modle": "small"}, "modle: Extra inputs"),
        ({"tasks": ["mood"]}, "no mood; there are intent"),
        ({"url": "ftp://a.example"}, "url: String should match"),
        ({"max_euros": 0}, "max_euros: Input should be greater than 0"),
    ],
)
def test_a_wrong_file_says_what_to_mend(
    told: Callable[[dict[str, Any]], None], wrong: dict[str, Any], why: str
) -> None:
    told({"url": "https://llm.example.org/v1", "model": "small"} | wrong)
    with pytest.raises(SettingError, match=why):
        open_analyzer("endpoint", Profile())


def test_a_file_cannot_be_evaluated_beyond_the_budget(make: Make) -> None:
    with pytest.raises(VigieError, match=r"read 0 of 2: the run's 1 requests"):
        make(max_requests=1, texts_per_request=1).probabilities(["a", "b"])
