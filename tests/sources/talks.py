"""What people write, correct and delete about a company, on each network's loopback server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from flows.sources.bluesky.config import BlueskyConfig
from flows.sources.hackernews.config import HackerNewsConfig
from flows.sources.mastodon.config import MastodonConfig
from flows.sources.reddit.config import RedditConfig
from flows.sources.stackexchange.config import StackExchangeConfig
from flows.sources.telegram.config import TelegramConfig
from tests.helpers.polite import LOOPBACK
from tests.servers.answering import answering_server
from tests.servers.hackernews_server import HackerNewsServer, Item
from tests.servers.json_server import json_server
from tests.servers.stackexchange_server import Post, StackExchangeServer
from tests.servers.telegram_server import Post as ChannelPost
from tests.servers.telegram_server import TelegramServer
from tests.sources.bluesky.conftest import Service
from tests.sources.mastodon.instance import Instance
from tests.sources.reddit.fake import fake_reddit

NAME = "fabel"


class Talk(ABC):
    """Texts by record id. Only what begins a discussion names the company: answers are found through it.

    `most` are the texts of a round; `page` is how many a list shows at once, None as many as it does in earnest.
    """

    most = 9

    def __init__(self, seed: int, start: datetime | None = None, page: int | None = 5) -> None:
        self.page = page
        self.random = Random(seed)
        self.start = start or datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        self.texts: dict[str, str] = {}
        self.parents: dict[str, str | None] = {}

    def publish(self, number: int) -> dict[str, str]:
        """Write some texts, most of them answers, and correct one now and then."""
        for new in range(self.random.randrange(3, self.most)):
            at = self.start + timedelta(minutes=15 * number, seconds=new)
            answered = self.random.choice(list(self.texts)) if self.texts and self.random.random() < 0.8 else None
            self.say(at, f"Déçu, « n° {new} », tour {number}", answered)
        if self.random.random() < 0.5:
            edited = self.random.choice(list(self.texts))
            at = self.start + timedelta(minutes=15 * number + 5)
            self.correct(edited, f"Corrigé au tour {number} : {edited}", at)
        return dict(self.texts)

    def say(self, at: datetime, text: str, answered: str | None = None) -> str:
        """Write one text."""
        whole = text if answered else f"#{NAME} {text}"
        record_id = self.write(at, whole, answered)
        self.texts[record_id], self.parents[record_id] = whole, answered
        return record_id

    def correct(self, record_id: str, text: str, at: datetime) -> None:
        """Write one text again."""
        whole = text if self.parents[record_id] else f"#{NAME} {text}"
        if self.edit(record_id, whole, at):
            self.texts[record_id] = whole

    def remove(self) -> str:
        """Delete one text that nobody answered; return its record id."""
        answered = set(self.parents.values())
        gone = self.random.choice([record_id for record_id in self.texts if record_id not in answered])
        self.delete(gone)
        return gone

    @property
    def size(self) -> dict[str, int]:
        """The page's size where the source asks for it."""
        return {"page_size": self.page} if self.page else {}

    @abstractmethod
    def serve(self) -> AbstractContextManager[str]:
        """Run the server; yield its address."""

    @abstractmethod
    def config(self, address: str, **options: Any) -> Any:
        """The source that reads it."""

    @abstractmethod
    def write(self, at: datetime, text: str, answered: str | None) -> str: ...

    @abstractmethod
    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        """Say whether a text can be written again there."""

    @abstractmethod
    def delete(self, record_id: str) -> None: ...


class Toots(Talk):
    """Statuses; the first of each thread has the company's hashtag."""

    stream = "mastodon__statuses"

    def __init__(self, seed: int, *args: Any) -> None:
        super().__init__(seed, *args)
        self.there = Instance(f"mastodon-{seed}.example", page=self.page or 40)

    @contextmanager
    def serve(self) -> Iterator[str]:
        with json_server(self.there.answer) as server:
            yield server.url("")

    def config(self, address: str, **options: Any) -> MastodonConfig:
        return MastodonConfig(instance=address, hashtags=[NAME], **options)

    def write(self, at: datetime, text: str, answered: str | None) -> str:
        return self.there.write(at, text, in_reply_to_id=answered)

    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        self.there.statuses[record_id] |= {"content": f"<p>{text}</p>", "edited_at": at.isoformat()}
        return True

    def delete(self, record_id: str) -> None:
        self.there.delete(record_id)


class Skies(Talk):
    """Posts; a search finds the first of each thread. Nobody edits posts there."""

    stream = "bluesky__posts"

    def __init__(self, seed: int, *args: Any) -> None:
        super().__init__(seed, *args)
        self.there = Service(page=self.page or 100)

    @contextmanager
    def serve(self) -> Iterator[str]:
        with json_server(self.there.answer) as server:
            yield server.url("")

    def config(self, address: str, **options: Any) -> BlueskyConfig:
        return BlueskyConfig(service=address, searches=[f"#{NAME}"], **options)

    def write(self, at: datetime, text: str, answered: str | None) -> str:
        return self.there.write(at, text, answers=answered)

    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        return False

    def delete(self, record_id: str) -> None:
        del self.there.posts[record_id]


class News(Talk):
    """Stories that a search finds by their titles, with their comments."""

    stream = "hackernews__items"

    def __init__(self, seed: int, *args: Any) -> None:
        super().__init__(seed, *args)
        self.there = HackerNewsServer()

    @contextmanager
    def serve(self) -> Iterator[str]:
        with answering_server(self.there) as server:
            yield server.url("")

    def config(self, address: str, **options: Any) -> HackerNewsConfig:
        urls = {"search_url": f"{address}/api", "items_url": f"{address}/v0"}
        return HackerNewsConfig(searches=[NAME], **urls, **self.size, **options)

    def write(self, at: datetime, text: str, answered: str | None) -> str:
        number, parent = 1000 + len(self.there.items), int(answered) if answered else None
        self.there.add(Item(number, int(at.timestamp()), "ann", text, "" if answered else text, parent=parent))
        return str(number)

    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        self.there.change(int(record_id), text=text)
        return True

    def delete(self, record_id: str) -> None:
        self.there.change(int(record_id), deleted=True)


class Questions(Talk):
    """Questions of a tag, and their answers."""

    stream = "stackexchange__posts"

    def __init__(self, seed: int, *args: Any) -> None:
        super().__init__(seed, *args)
        self.there = StackExchangeServer(quota=10**9)

    @contextmanager
    def serve(self) -> Iterator[str]:
        with answering_server(self.there) as server:
            yield server.url("")

    def config(self, address: str, **options: Any) -> StackExchangeConfig:
        given = {"exchange": "example", "tags": [NAME], "base_url": f"{address}/2.3"}
        return StackExchangeConfig(**given, **self.size, **options)

    def write(self, at: datetime, text: str, answered: str | None) -> str:
        number, time, question = 1000 + len(self.there.posts), int(at.timestamp()), None
        if answered:
            question = self.there.posts[int(answered)].parent or int(answered)
            self.there.change(question, active=time)
        title = "" if answered else "A question"
        self.there.add(Post(number, time, f"<p>{text}</p>", title, (NAME,), parent=question))
        return str(number)

    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        self.there.touch(int(record_id), int(at.timestamp()), body=f"<p>{text}</p>")
        return True

    def delete(self, record_id: str) -> None:
        """Delete an answer, or a question with its answers, of which `remove` takes none that has some."""
        del self.there.posts[int(record_id)]


class Channel(Talk):
    """Posts of a channel."""

    stream = "telegram__messages"
    most = 40

    def __init__(self, seed: int, *args: Any) -> None:
        super().__init__(seed, *args)
        self.there = TelegramServer()

    @contextmanager
    def serve(self) -> Iterator[str]:
        with answering_server(self.there) as server:
            yield server.url("")

    def config(self, address: str, **options: Any) -> TelegramConfig:
        return TelegramConfig(channels=[NAME], base_url=address, **options)

    def write(self, at: datetime, text: str, answered: str | None) -> str:
        number = 1 + len(self.parents)
        reply_to = int(answered.rpartition("/")[2]) if answered else None
        self.there.add(NAME, ChannelPost(number, at, text, reply_to=reply_to, quote="…"))
        return f"{NAME}/{number}"

    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        self.there.change(NAME, int(record_id.rpartition("/")[2]), html=text, is_edited=True)
        return True

    def delete(self, record_id: str) -> None:
        del self.there.channels[NAME][int(record_id.rpartition("/")[2])]


class Comments(Talk):
    """Comments below one submission, some of them folded away."""

    stream = "reddit__comments"

    @contextmanager
    def serve(self) -> Iterator[str]:
        with fake_reddit() as self.there:
            self.there.fold = 15
            self.thread = self.there.submit(self.start, f"A talk about #{NAME}")
            yield self.there.url

    def config(self, address: str, **options: Any) -> RedditConfig:
        urls = {"site_url": address, "api_url": address}
        more = {"trees": "all", "refresh_minutes": 0, "sweep_hours": 1}
        return RedditConfig(subreddits=["tilleul"], **urls, **more, **options)

    def write(self, at: datetime, text: str, answered: str | None) -> str:
        return self.there.comment(at, answered or self.thread, text)

    def edit(self, record_id: str, text: str, at: datetime) -> bool:
        self.there.edit(record_id, text, at)
        return True

    def delete(self, record_id: str) -> None:
        self.there.delete(record_id)


TALKS: dict[str, Callable[..., Any]] = {
    "mastodon": Toots, "bluesky": Skies, "hackernews": News, "stackexchange": Questions, "telegram": Channel,
    "reddit": Comments,
}  # fmt: skip
POLITE = {"allowed_private": list(LOOPBACK)}
