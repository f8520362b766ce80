"""Each role opens its pages alone, and sees who people are or not; who decides and who looks is who signed in."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import psycopg
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.customers import queries as customers
from app.messages import decisions, labels
from app.people import decisions as people
from app.shared import access
from app.shared.access import ADDRESSES, ROLES, ROOMS, Reader, Room
from app.shared.persons import initials
from flows.errors import VigieError
from flows.settings import PROJECT, RoleName
from tests.app.conftest import Place, _forget

ME = "nora@company.example"
GROUPS = {f"crm {role}": role for role in ROLES}
TITLES = {"today": "Today", "answer": "To answer", "customers": "Customers", "review": "Review", "sources": "Data"}


@pytest.fixture
def signing(served: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The archive's warehouse, read by people who sign in, through the app's own role where that is ours."""
    given = {
        "METADATA": "http://127.0.0.1:9/.well-known/openid-configuration", "CLIENT": "vigie",
        "ROLES": json.dumps(GROUPS),
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"VIGIE_SIGN_IN_{name}", value)
    if served.app_url:
        monkeypatch.setenv("VIGIE_APP_DATABASE_URL", served.app_url)
    _forget()
    yield served
    _forget()


def claims(*roles: str, **more: Any) -> dict[str, Any]:
    """What an ID token says of somebody, as Streamlit hands it on."""
    groups = [f"crm {role}" for role in roles]
    return {"is_logged_in": True, "sub": "u-7", "iat": int(time.time()), "email": ME, "groups": groups} | more


def page(room: Room, user: dict[str, Any], **parameters: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=60)
    app.user = user
    for name, value in parameters.items():
        app.query_params[name] = value
    if room != "today":
        app._page_hash = calc_hash(ADDRESSES.get(room, room))
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(part.value for part in app.html)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_is_refused_by_every_other(signing: Place, role: RoleName) -> None:
    own = ROLES[role].rooms
    # The start, where Today is nobody's, leads on; that its own pages stand in the menu is seen in a browser.
    for room in [own[-1], *(each for each in ROOMS if each not in (*own, "today"))]:
        seen = shown(page(room, claims(role)))
        assert (f"<h1>{TITLES[room]}</h1>" in seen) == (room in own), (role, room)
        assert ("Not your page" in seen) == (room not in own), (role, room)


def test_a_start_without_today_leads_to_the_first_page_that_is_ones_own(signing: Place) -> None:
    assert "<h1>Data</h1>" in shown(page("today", claims("data engineer")))


def test_nobody_sees_a_page_before_they_sign_in(signing: Place) -> None:
    for user in ({}, {"is_logged_in": False}, claims("manager", is_logged_in="yes"), claims("manager", sub=None)):
        app = page("customers", user)
        assert [button.label for button in app.button] == ["Sign in"]
        assert "<h1>" not in shown(app)
        assert not app.dataframe


def test_who_has_no_role_is_told_whom_to_ask(signing: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_CONTACT", "crm@company.example")
    _forget()
    for user in (
        claims(),
        claims("pilot"),
        claims(groups=None),
        claims(groups=[["crm manager"], 7]),
        claims(groups={}),
    ):
        seen = shown(page("today", user))
        assert "nobody gave you a role here. Ask crm@company.example." in seen
        assert "<h1>" not in seen


NOW = 1_800_000_000


def test_a_sign_in_lets_in_for_its_hours_and_whose_address_was_not_proved_never(signing: Place) -> None:
    given = claims("manager", iat=NOW)
    assert access.of_claims(given, NOW + 12 * 3600) is not None
    assert access.of_claims(given, NOW + 12 * 3600 + 1) is None
    assert access.of_claims(given | {"email_verified": True}, NOW) is not None
    for wrong in ({"email_verified": False}, {"email": ""}, {"email": None}, {"iat": None}, {"iat": str(NOW)}):
        assert access.of_claims(given | wrong, NOW) is None, wrong


def test_several_roles_open_the_pages_of_each(signing: Place) -> None:
    both = access.of_claims(claims("data engineer", "agent", iat=NOW), NOW)
    assert both == Reader(ME, "u-7", ("agent", "data engineer"), ("today", "answer", "customers", "sources"), True)
    one = access.of_claims(claims(groups="crm analyst", iat=NOW), NOW)
    assert one is not None
    assert (one.roles, one.sees_persons) == (("analyst",), False)


def first_customer(place: Place) -> tuple[str, str]:
    """Id and name of a customer of two words."""
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "select customer_id, name from marts.dim_customers where name like '_% _%' and accounts > 0 order by 1"
        ).fetchone()
    assert row
    return row


def test_who_may_not_see_people_sees_initials_and_finds_nobody_by_name(signing: Place) -> None:
    customer, name = first_customer(signing)
    for role in ROLES:
        if "customers" not in ROLES[role].rooms:
            continue
        seen = shown(page("customers", claims(role), customer=customer))
        assert (name in seen) == ROLES[role].sees_persons, role
        assert f'data-testid="customer">{name if ROLES[role].sees_persons else initials(name)}<' in seen
        found = page("customers", claims(role), q=name).dataframe
        assert bool(found) == ROLES[role].sees_persons, role


def test_rows_kept_for_one_reader_are_not_given_to_another(signing: Place) -> None:
    first, masked, again = (
        [unescape(name) for name in re.findall(r'data-testid="row-who">([^<]*)<', shown(_all(role)))]
        for role in ("manager", "analyst", "manager")
    )
    assert first == again
    assert masked == [initials(name) for name in first]
    assert any(" " in name for name in first)


def test_a_file_written_in_a_thread_of_its_own_has_what_its_reader_sees(
    signing: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Callable[[], bytes]] = []
    monkeypatch.setattr(st, "download_button", lambda _label, data, **_rest: made.append(data))
    for role in ("manager", "analyst"):
        page("answer", claims(role), tab="all")
    page("answer", claims("manager", iat=int(time.time()) - 12 * 3600 + 60), tab="all")
    column = "Customer"
    with ThreadPoolExecutor(1) as elsewhere:
        files = [elsewhere.submit(each).result().decode("utf-8-sig") for each in made[:2]]
        monkeypatch.setattr(access.time, "time", lambda: 4_000_000_000.0)
        with pytest.raises(VigieError, match="your sign-in has ended"):
            elsewhere.submit(made[2]).result()
    shown_to_manager, shown_to_analyst = (
        [row[column] for row in csv.DictReader(io.StringIO(text, newline=""))] for text in files
    )
    assert any(" " in name for name in shown_to_manager)
    assert shown_to_analyst == [initials(name) for name in shown_to_manager]


def _all(role: str) -> AppTest:
    return page("answer", claims(role), tab="all")


def looks(place: Place) -> list[tuple[Any, ...]]:
    with psycopg.connect(place.url) as connection:
        return connection.execute(
            "select customer_id, looked_by, subject, roles from decisions.looks order by look_id"
        ).fetchall()


def test_every_look_at_a_persons_page_is_kept_with_who(signing: Place) -> None:
    customer, _name = first_customer(signing)
    before = len(looks(signing))
    page("customers", claims("agent"))
    page("customers", claims("analyst"), customer="nobody")
    app = page("customers", claims("agent"), customer=customer)
    app.run()  # it stays open: one look
    page("customers", claims("privacy officer", sub="u-8"), customer=customer)
    assert looks(signing)[before:] == [
        (customer, ME, "u-7", ["agent"]),
        (customer, ME, "u-8", ["privacy officer"]),
    ]


def test_a_page_whose_look_cannot_be_kept_is_not_shown(signing: Place) -> None:
    customer, _name = first_customer(signing)
    with psycopg.connect(signing.url, autocommit=True) as connection:
        connection.execute("alter table decisions.looks rename to looks_away")
        try:
            seen = shown(page("customers", claims("manager"), customer=customer))
        finally:
            connection.execute("alter table decisions.looks_away rename to looks")
    assert 'data-testid="customer"' not in seen


def test_who_decides_is_who_signed_in_and_no_field_asks(signing: Place) -> None:
    with psycopg.connect(signing.url, autocommit=True) as connection:
        connection.execute("truncate decisions.assigned")
    app = page("answer", claims("agent", email="hugo@company.example"), tab="backlog")
    assert "Your name" not in [field.label for field in app.text_input]
    next(button for button in app.button if button.label.startswith("Open ")).click().run()
    next(button for button in app.button if button.label == "Assign to me").click().run()
    assert "Your name" not in [field.label for field in app.text_input]
    with psycopg.connect(signing.url, autocommit=True) as connection:
        kept = connection.execute("select assignee, decided_by from decisions.assigned").fetchall()
        connection.execute("truncate decisions.assigned")
    assert kept == [("hugo@company.example", "hugo@company.example")]


@pytest.mark.parametrize("reader", [None, Reader("x", "u-9", (), (), False)])
def test_nothing_is_written_for_who_is_not_signed_in_or_has_no_role(
    signing: Place, monkeypatch: pytest.MonkeyPatch, reader: Reader | None
) -> None:
    monkeypatch.setattr(access, "reader", lambda: reader)
    for write in (
        lambda: decisions.decide_all([decisions.chosen("c", "m")], "noise", "x", "y"),
        lambda: decisions.assign([decisions.Taken("c", "m", None, "y")], "y"),
        lambda: labels.correct("m", "noise", "yes", "y"),
        lambda: people.decide("same", [("a", "b")], "x", "y"),
        lambda: people.leave_open(("a", "b"), "x", "y"),
        lambda: people.undo([1], "x", "y"),
    ):
        with pytest.raises(VigieError, match="your sign-in has ended"):
            write()


def test_without_a_sign_in_everything_is_shown_and_the_page_says_so(served: Place) -> None:
    customer, name = first_customer(served)
    before = len(looks(served))
    app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=60)
    app._page_hash = calc_hash("customers")
    app.query_params["customer"] = customer
    app.session_state["my_name"] = "Nora Essai"
    app.run()
    assert name in shown(app)
    assert "Nobody is asked who they are here" in shown(app)
    assert looks(served)[before:] == [(customer, "Nora Essai", None, [])]
    assert customers.customer(customer) is not None


def test_the_roles_are_documented_as_they_are() -> None:
    text = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    for name, role in ROLES.items():
        pages = ", ".join(TITLES[room] for room in role.rooms)
        assert f"| {name} | {pages} | {'shown' if role.sees_persons else 'masked'} |" in text
