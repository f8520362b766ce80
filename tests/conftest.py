"""What all tests share: a Postgres server for the session, a fresh warehouse a test, the real archives."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import psutil
import pytest
from hypothesis import settings as drawn

from flows.settings import PROJECT, settings
from flows.sources.examples import DEMO
from flows.warehouse import server as embedded
from flows.warehouse.refresh.run import refresh
from tests.helpers.databases import BUILT, EXAMPLE, MIGRATED, SCRATCH, Server, hurry
from tests.helpers.house import NOW, House

MakeHouse = Callable[..., House]
# How long an example takes is the machine's load, not a fault.
drawn.register_profile("any machine", deadline=None)
drawn.load_profile("any machine")


SECRETS = [
    "TEST_MAIL_PASSWORD",
    "REDDIT_CLIENT_ID",
    "REDDIT_CLIENT_SECRET",
    "FEDI_TOKEN",
    "SNAC_TOKEN",
    "EXAMPLE_KEY",
]
# Files, marks and fixtures of the tests that take longest, first: the stack, a Prefect, the marts, a server.
SLOWEST = ["browser", "test_any_day", "test_adding_a_source", "prefect", "built", "run", "server", "servers"]
HOSTS = ["127.0.0.1", "localhost", "192.0.2.1", "*.reddit.com"]


def pytest_configure(config: pytest.Config) -> None:
    """Told to end, as by `make` that is told to, tests stop what they started: servers, a whole stack.

    xdist's workers are told, too, and have time for it: they wait for a word from us and would be killed.
    """
    is_leader = not hasattr(config, "workerinput")

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        if is_leader and config.getoption("numprocesses", None):
            from xdist.workermanage import NodeManager

            NodeManager.EXIT_TIMEOUT = 300
            for worker in psutil.Process().children():
                worker.terminate()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests take longest come first: what is left at the end is short, so all workers end together."""
    weights: dict[Path, int] = {}
    for item in items:
        given = {item.path.stem, *getattr(item, "fixturenames", ()), *(mark.name for mark in item.iter_markers())}
        weight = next((n for n, name in enumerate(SLOWEST) if name in given), len(SLOWEST))
        weights[item.path] = min(weights.get(item.path, weight), weight)
    items.sort(key=lambda item: weights[item.path])


@pytest.fixture(scope="session", autouse=True)
def granted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What whoever runs Vigie grants its sources, on a machine where tests run."""
    folders = [tmp_path_factory.getbasetemp(), Path(gettempdir()), PROJECT, PROJECT.parent / "shared" / "data"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_FILE_ROOTS", os.pathsep.join([*map(str, folders), os.environ.get("VIGIE_DATA", "")]))
        patch.setenv("VIGIE_UNDERSTAND", "off")  # tests that speak of words name an analyser
        patch.setenv("VIGIE_ALLOWED_PRIVATE", "127.0.0.0/8, ::1, localhost, 192.0.2.0/24")
        secrets = [f"{name}@{host}" for name in SECRETS for host in HOSTS]
        patch.setenv("VIGIE_SECRETS", ",".join(secrets))
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def state_folder() -> Iterator[Path]:
    """A folder of the session's own, beside pytest's: every pytest that starts closes its folder to all others.

    The embedded Postgres runs as another user when started by root, and would be locked out of its files.
    """
    with TemporaryDirectory(prefix="vigie-tests-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def server(state_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An embedded Postgres of the session's own, or the one that VIGIE_DATABASE_URL names."""
    home = state_folder / "home"
    home.mkdir()
    given = os.environ.get("VIGIE_DATABASE_URL")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIE_HOME", str(home))
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        place = Server(given or embedded.start(home), home)
        try:
            if not given:
                hurry(place.url, home)
            yield place
        finally:
            if given:
                for name in (SCRATCH, MIGRATED, BUILT, EXAMPLE):
                    place.drop(name)
            else:
                embedded.stop(home)


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """Template: the schema, and nothing in it."""
    server.create(MIGRATED)
    server.migrate(MIGRATED)
    return MIGRATED


@pytest.fixture(scope="session")
def built(server: Server, migrated: str) -> str:
    """Template: the marts built once over nothing, so that a test's first refresh is an incremental one."""
    refresh(server.create(SCRATCH, migrated), as_of=NOW)
    server.create(BUILT, SCRATCH)
    return BUILT


@pytest.fixture(scope="session")
def example(server: Server, built: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Template: the shipped archive, refreshed."""
    house = House(server.create(SCRATCH, built), tmp_path_factory.mktemp("example"))
    house.load(DEMO, name="tilleul")
    house.refresh()
    house.close()
    server.create(EXAMPLE, SCRATCH)
    return EXAMPLE


@pytest.fixture(scope="session")
def make_house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> MakeHouse:
    """Make a warehouse from a template. They all have one name: the one made last is the one there is."""

    @contextmanager
    def make(template: str) -> Iterator[House]:
        house = House(server.create(SCRATCH, template), tmp_path_factory.mktemp("files"))
        try:
            yield house
        finally:
            house.close()

    return make


@pytest.fixture
def empty_warehouse(make_house: MakeHouse, migrated: str) -> Iterator[House]:
    """A fresh warehouse before its first refresh."""
    with make_house(migrated) as house:
        yield house


@pytest.fixture
def warehouse(make_house: MakeHouse, built: str) -> Iterator[House]:
    """A fresh warehouse whose marts are built and empty."""
    with make_house(built) as house:
        yield house


@pytest.fixture(scope="module")
def module_warehouse(make_house: MakeHouse, built: str) -> Iterator[House]:
    """A warehouse that the tests of one module read together; use no other in that module."""
    with ExitStack() as stack:
        yield stack.enter_context(make_house(built))


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the real archives: VIGIE_DATA, or ../shared/data beside the project."""
    folder = Path(os.environ.get("VIGIE_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real archives at {folder}: set VIGIE_DATA to their folder")
    return folder.resolve()
