"""A run knows forums by one protocol: neither engines nor pages are imported or told apart in it."""

from flows.forumreader import ThreadRef
from flows.sources.forum.client import ForumClient
from flows.sources.forum.json.discourse import Discourse
from flows.sources.forum.json.flarum import Flarum
from flows.sources.forum.json.nodebb import NodeBB
from flows.sources.forum.pages import PagesClient
from tests.helpers.imports import ROOT, imported

ROOM = "flows/sources/forum"
BELOW_A_RUN = {"client", "config", "crawling"}


def test_a_run_imports_no_engine_and_no_engine_imports_a_run() -> None:
    own = "flows.sources.forum."
    used = {
        other.removeprefix(own).split(".")[0]
        for others in imported(f"{ROOM}/crawling").values()
        for other in others
        if other.startswith(own)
    }
    assert used == BELOW_A_RUN
    for engines in ("json", "pages.py"):
        path = ROOT / ROOM / engines
        sources = sorted(path.glob("*.py")) if path.is_dir() else [path]
        assert sources
        assert not [source for source in sources if "forum.crawling" in source.read_text(encoding="utf-8")]


def test_nothing_is_decided_by_the_class_of_a_client_or_a_post() -> None:
    asked = [
        (path.name, line.strip())
        for path in sorted((ROOT / ROOM).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "isinstance(" in line and any(name in line for name in ("Client", "Discourse", "Post", "Way"))
    ]
    assert asked == []


def test_only_discourse_lists_the_newest_posts_of_the_whole_forum() -> None:
    home = "https://forum.example.org"
    clients: list[ForumClient] = [Discourse(None, home, [""]), NodeBB(None, home, [""]), Flarum(None, home, [""])]
    assert [client.newest is not None for client in clients] == [True, False, False]
    assert [client.engine for client in clients] == ["discourse", "nodebb", "flarum"]
    assert (PagesClient.newest, PagesClient.engine) == (None, None)


def test_a_post_stands_on_the_page_that_its_place_in_the_topic_says() -> None:
    newest = Discourse(None, "https://forum.example.org", [""]).newest
    ref = ThreadRef("7", "https://forum.example.org/t/x/7", "x")
    assert newest.page_with(ref, 1) == newest.page_with(ref, 20) == "https://forum.example.org/t/7.json"
    assert newest.page_with(ref, 21) == "https://forum.example.org/t/7.json?page=2"
