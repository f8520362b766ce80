"""An account behind connections that break, drip and fall silent: no mail is lost or doubled, every run ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random

import pytest

from flows.sources.mailbox import imap
from flows.sources.mailbox.config import MailboxConfig
from tests.conftest import MakeHouse
from tests.helpers.faulty import ANSWER_SECONDS, Faulty
from tests.helpers.house import House
from tests.servers.imap_proxy import BREAKS, breaking_imap_proxy
from tests.servers.imap_server import PASSWORD, ImapServer, imap_server
from tests.sources.mailbox.conftest import VARIABLE, options
from tests.sources.mailbox.reading import mail

pytestmark = pytest.mark.servers
seen: Counter[str] = Counter()


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture(scope="module")
def house(make_house: MakeHouse, migrated: str) -> Iterator[House]:
    """One warehouse for all schedules: each has an account and a site of its own."""
    with make_house(migrated) as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    monkeypatch.setattr(imap, "SILENCE_SECONDS", ANSWER_SECONDS)


class Letters:
    """Mails that come into an account."""

    def __init__(self, server: ImapServer, user: str, seed: int) -> None:
        self.server = server
        self.user = user
        self.random = Random(seed)
        self.texts: dict[str, str] = {}

    def publish(self, number: int) -> dict[str, str]:
        date = format_datetime(datetime.now(UTC))
        mails = []
        for new in range(self.random.randrange(2, 12)):
            text = f"Déçu, « n° {new} », tour {number}"
            self.texts[f"{number}.{new}@example.net"] = text
            mails.append(mail(f"{number}.{new}", text, Date=date))
        self.server.deliver(*mails, user=self.user)
        return dict(self.texts)


def survive(house: House, server: ImapServer, seed: int) -> Faulty:
    """Collect an account through the faults of one schedule."""
    user = f"support-{seed}@example.org"
    with breaking_imap_proxy(server.port, seed) as proxy:
        given = options(proxy.port, "INBOX", imap={"user": user}, name=f"post-{seed}", site=f"post-{seed}")
        config = MailboxConfig(max_minutes=4, page_size=3, **given)
        letters = Letters(server, user, seed)
        faulty = Faulty(house, proxy, config, "mailbox__messages", letters.publish, most_visits=1)
        faulty.survive()
        seen.update(visit.fault for visit in proxy.visits)
        return faulty


@pytest.mark.parametrize("seed", range(1))
def test_no_mail_is_lost_or_doubled_behind_faults(house: House, running: ImapServer, seed: int) -> None:
    survive(house, running, seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_mail_is_lost_or_doubled_behind_faults_of_200_schedules(house: House, running: ImapServer) -> None:
    seen.clear()
    survived = [survive(house, running, seed) for seed in range(1000, 1200)]
    outcomes = sum((one.outcomes for one in survived), Counter[str]())
    print(f"\nmailbox: 200 schedules, {sum(outcomes.values())} runs {dict(outcomes)}")
    print(f"{sum(len(one.said) for one in survived)} mails, {seen.total()} connections {dict(seen)}")
    assert seen.keys() == set(BREAKS), "every fault happened"
