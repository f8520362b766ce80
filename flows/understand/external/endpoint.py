"""An analyser behind an endpoint that speaks OpenAI's chat completions: a company's own server, or a paid one.

What a run may spend is bounded before each request. Addresses are guarded and secrets listed as for every source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from pydantic import Field, field_validator

from flows.errors import SettingError, SourceError
from flows.sources.credentials import SecretName, read_secret
from flows.sources.http import Budget, Clock, MemoryHosts, PoliteClient, RequestPolicy
from flows.sources.http.errors import Unreachable
from flows.understand.analyzer import COMPANY_TASKS, Text
from flows.understand.external import wording
from flows.understand.external.beside import Answers, Base, Beside, spread
from flows.understand.external.configuration import Strict, read
from flows.understand.models.tasks import COLUMNS, TASKS, VALUES, WIDTH

SETTING = "VIGIE_UNDERSTAND_ENDPOINT"
ANSWER_TOKENS = 20  # that an answer to one task may take
MILLION = 1_000_000
MOST_BLANK = 5  # single texts in a row of which nothing can be read: then it is no text's fault
BUSY = 429
REFUSED = {400, 413, 422}  # of what was sent: a filter, a length
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class EndpointConfig(Strict):
    """Where, by which model, and what a run may spend."""

    url: str = Field(pattern=r"^https?://[^\s?#]+$")  # up to and with /v1
    model: str = Field(min_length=1, max_length=200)
    key: SecretName | None = None  # sent as bearer token
    tasks: tuple[str, ...] = Field(TASKS, min_length=1)
    base: Base = "fast"
    about: str = Field("", max_length=1000)  # a sentence on the company, in the question
    json_mode: bool = True  # asks for `response_format` json_object, which not every server knows
    mask: bool = True  # mail addresses, links, names of accounts and long numbers are not sent
    texts_per_request: int = Field(20, ge=1, le=100)
    most_characters: int = Field(1000, ge=50, le=20_000)  # of a text that are sent
    request_seconds: float = Field(60, gt=0, le=600)
    tries: int = Field(3, ge=1, le=10)
    max_requests: int = Field(200, ge=1)  # a run
    max_tokens: int = Field(300_000, ge=1)  # a run, asked and answered
    max_euros: float = Field(1.0, gt=0)  # a run
    euros_per_million_asked: float = Field(0.0, ge=0)
    euros_per_million_answered: float = Field(0.0, ge=0)
    allowed_private: tuple[str, ...] = ()  # hosts and networks of your own, that VIGIE_ALLOWED_PRIVATE lists too

    @field_validator("tasks")
    @classmethod
    def _known(cls, tasks: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(tasks) - set(TASKS))
        if unknown:
            raise ValueError(f"no {', '.join(unknown)}; there are {', '.join(TASKS)}")
        return tuple(task for task in TASKS if task in tasks)


class _Stop(Exception):
    """No more may be asked in this run."""


@dataclass
class Spending:
    """What a run has spent, and may."""

    config: EndpointConfig
    requests: int = 0
    asked: int = 0
    answered: int = 0

    @property
    def euros(self) -> float:
        """By the prices of the configuration."""
        return self._price(self.asked, self.answered)

    def check(self, asked: int, answered: int) -> None:
        """Raise where a request of so many tokens at most could go beyond."""
        config = self.config
        if self.requests >= config.max_requests:
            raise _Stop(f"the run's {config.max_requests:,} requests are used up")
        if self.asked + self.answered + asked + answered > config.max_tokens:
            raise _Stop(f"the run's {config.max_tokens:,} tokens are used up")
        if self.euros + self._price(asked, answered) > config.max_euros:
            raise _Stop(f"the run's {config.max_euros:g} € are used up")

    def _price(self, asked: int, answered: int) -> float:
        config = self.config
        return (asked * config.euros_per_million_asked + answered * config.euros_per_million_answered) / MILLION


class Endpoint:
    """Reads texts by asking; what cannot be read is asked again by itself, then it is unsure."""

    def __init__(self, config: EndpointConfig, manners: RequestPolicy | None = None) -> None:
        """Nothing is asked before there is a text. Raises SettingError where the key may not be sent there."""
        from flows.settings import settings

        parts = urlsplit(config.url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not config.allowed_private:
            raise SettingError(f"{SETTING}: texts would go to {parts.netloc} for all to read: use https://")
        self._config, self.spent = config, Spending(config)
        self._url = f"{config.url.rstrip('/')}/chat/completions"
        self._system = wording.system(config.tasks, config.about)
        self._headers = {"Content-Type": "application/json"}
        if config.key:
            self._headers["Authorization"] = f"Bearer {read_secret(config.key, config.url)}"
        patience = config.request_seconds
        self._manners = manners or RequestPolicy(
            settings().contact, 0.0, 1, read_seconds=patience, answer_seconds=patience,
            allowed_private=config.allowed_private, granted_private=settings().allowed_private,
        )  # fmt: skip
        self._hosts, self._blank = MemoryHosts(Clock()), 0
        self.name, self.page = f"endpoint {config.model}", max(100, config.texts_per_request)
        # Another model, question or masking may answer otherwise; another budget does not.
        decisive = {"url", "model", "tasks", "about", "json_mode", "mask", "most_characters"}
        told = config.model_dump_json(include=decisive) + self._system
        self.version = hashlib.sha256(told.encode()).hexdigest()[:12]

    def read(self, texts: Sequence[Text]) -> Answers:
        """Answer texts in their order, until the budget ends or the endpoint does not answer."""
        said: list[wording.Said] = []
        stopped = None
        budget = Budget(self._config.max_requests, minutes=24 * 60)  # what counts is `spent`
        with PoliteClient(self._manners, budget, hosts=self._hosts) as client:
            try:
                for first in range(0, len(texts), self._config.texts_per_request):
                    said += self._batch(client, texts[first : first + self._config.texts_per_request])
            except (_Stop, SourceError) as stop:
                stopped = str(stop)
        return self._answers(texts[: len(said)], said, stopped)

    def _batch(self, client: PoliteClient, texts: Sequence[Text]) -> list[wording.Said]:
        """Ask; again, in smaller parts, of texts of which nothing could be read: one may spoil the others."""
        rows = [row for row, text in enumerate(texts) if any(self._asked(text))]
        said: list[wording.Said] = [{} for _ in texts]
        if not rows:
            return said
        for row, one in zip(rows, self._ask(client, [texts[row] for row in rows]), strict=True):
            said[row] = one
        missing = [row for row in rows if not said[row]]
        self._blank = 0 if len(missing) < len(rows) else self._blank + (len(rows) == 1)
        if self._blank >= MOST_BLANK:
            raise _Stop(f"nothing in the last {MOST_BLANK} answers of {self._config.model} can be read")
        if missing and len(rows) > 1:
            half = (len(missing) + 1) // 2 if len(missing) == len(rows) else len(missing)
            for part in (missing[:half], missing[half:]):
                for row, one in zip(part, self._batch(client, [texts[row] for row in part]), strict=True):
                    said[row] = one
        return said

    def _ask(self, client: PoliteClient, texts: Sequence[Text]) -> list[wording.Said]:
        config = self._config
        most = 50 + len(texts) * (10 + ANSWER_TOKENS * len(config.tasks))
        body: dict[str, Any] = {
            "model": config.model,
            "messages": [
                {"role": "system", "content": self._system},
                {"role": "user", "content": wording.numbered(texts, config.most_characters, mask=config.mask)},
            ],
            "temperature": 0,
            "max_tokens": most,
        }
        if config.json_mode:
            body["response_format"] = {"type": "json_object"}
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        told = self._post(client, content, most)
        return wording.parse(told, texts, config.tasks)

    def _post(self, client: PoliteClient, content: bytes, most: int) -> str:
        """What the model says; empty where its answer is none. Every try is counted before it is made."""
        likely = len(content) // 3  # tokens: more than there are
        for attempt in range(1, self._config.tries + 1):
            self.spent.check(likely, most)
            self.spent.requests += 1
            try:
                answer = client.send("POST", self._url, headers=self._headers, content=content)
            except Unreachable:
                self._spend({}, likely, most)  # it may have read and written all of it
                if attempt == self._config.tries:
                    raise
                continue
            if answer.status < 300:
                told = _json(answer.content)
                self._spend(told, likely, most)
                return _content(told)
            if answer.status in REFUSED:
                return ""
            is_passing = answer.status >= 500 or answer.status == BUSY  # the client waits before it asks again
            if not is_passing or attempt == self._config.tries:
                raise _Stop(f"{self._url} answers {answer.status}")
        raise _Stop(f"{self._url} does not answer")

    def _spend(self, told: Any, asked: int, answered: int) -> None:
        usage = told.get("usage") if isinstance(told, dict) else None
        usage = usage if isinstance(usage, dict) else {}
        self.spent.asked += _count(usage.get("prompt_tokens"), asked)
        self.spent.answered += _count(usage.get("completion_tokens"), answered)

    def _answers(self, texts: Sequence[Text], said: Sequence[wording.Said], stopped: str | None) -> Answers:
        chances = np.full((len(texts), WIDTH), np.nan, dtype=np.float32)
        unreadable = np.zeros((len(texts), len(TASKS)), dtype=bool)
        for row, (text, one) in enumerate(zip(texts, said, strict=True)):
            for task in self._asked(text):
                if task in one:
                    value, sure = VALUES[task].index(one[task][0]), one[task][1]
                    chances[row, COLUMNS[task]] = spread(np.array([value]), np.array([sure]), len(VALUES[task]))
                else:
                    unreadable[row, TASKS.index(task)] = True
        return Answers(chances, unreadable, stopped)

    def _asked(self, text: Text) -> Iterator[str]:
        return (task for task in self._config.tasks if (task in COMPANY_TASKS) == text.is_company)


def open_endpoint() -> Beside:
    """The analyser `endpoint`, as the file of VIGIE_UNDERSTAND_ENDPOINT says; raises SettingError."""
    from flows.settings import settings

    config = read(settings().understand_endpoint, SETTING, EndpointConfig)
    return Beside(Endpoint(config), config.base)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _content(told: Any) -> str:
    try:
        content = told["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return ""
    return content if isinstance(content, str) else ""


def _count(given: Any, otherwise: int) -> int:
    return given if type(given) is int and given >= 0 else otherwise
