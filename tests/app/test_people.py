"""Who is who in the app: the engine's evidence, decisions that count at once and after a refresh, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from html import unescape

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from app.people import waterfall
from app.people.deciding import groups
from app.people.decisions import Decision
from app.people.queries import Link
from flows.identify.steps import steps
from flows.settings import settings
from flows.warehouse.database import warehouse_url
from flows.warehouse.identity import looking
from flows.warehouse.roles import APP, grant
from tests.app.conftest import opened
from tests.helpers.databases import Server
from tests.helpers.house import House
from tests.marts.test_customers import messages, said

ROW = re.compile(r'<tr><th scope="row">(.*?)</th>.*?<td>([^<]*)</td><td>([^<]*)</td></tr>')
NOW = "select account_id, customer_id, is_pending from marts.customer_accounts_now order by 1"
# Names rare enough that a person is asked, and as hostile as names can be.
RARE = "Anselma Vandermeulenbrouck"
HOSTILE = "<img src=x onerror=alert(1)> Berengaria **Quistrebert** \u202eevil"
ONE = {"verified_email": "ann@home.example"}


@pytest.fixture
def people(warehouse: House, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """One customer of three accounts, two pairs that may be one person, and the app as its own role."""
    messages(warehouse, "board",
             said("ann", display_name="Ann Roy", **ONE),
             said("rare", display_name=RARE, body="ma carte", posted_at="2026-11-02T10:00:00Z"),
             said("bad", display_name=HOSTILE, body="<script>alert(2)</script> **bold**"))  # fmt: skip
    messages(warehouse, "post", *(said(who, channel="mail", **more) for who, more in (
             ("a1", ONE), ("rare2", {"display_name": RARE}), ("bad2", {"display_name": HOSTILE}))))  # fmt: skip
    messages(warehouse, "desk", said("a3", channel="mastodon", **ONE), said("zed", channel="mastodon"))
    warehouse.refresh()
    grant(warehouse.connection)
    monkeypatch.setenv("VIGIE_HOME", str(warehouse.settings.home))
    monkeypatch.setenv("VIGIE_DATABASE_URL", warehouse_url(warehouse.settings))
    if url := server.url_as(APP, warehouse.connection.info.dbname):
        monkeypatch.setenv("VIGIE_APP_DATABASE_URL", url)
    _forget()
    yield warehouse
    _forget()


def _forget() -> None:
    settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


def part(app: AppTest, testid: str) -> str:
    return next((each.value for each in app.html if f'data-testid="{testid}"' in each.value), "")


def parts(app: AppTest, testid: str) -> list[str]:
    return [each.value for each in app.html if f'data-testid="{testid}"' in each.value]


def told(markup: str) -> list[tuple[str, float, float]]:
    """What a waterfall tells: each feature with its bits and the sum after it."""
    return [
        (unescape(name), *(float(cell.replace("−", "-").replace("+", "")) for cell in cells))  # type: ignore[misc]
        for name, *cells in ROW.findall(markup.split("<tfoot>", maxsplit=1)[0])
    ]


def review(who: str = "Nora Essai", **parameters: str) -> AppTest:
    app = opened("review", anew=True, **parameters)
    if who:
        app.text_input(key="r_who").set_value(who)
    return app


def button(app: AppTest, key: str) -> Button:
    """The button of this name, whatever pair it is on."""
    (found,) = [each for each in app.button if f"{each.key} ".startswith(f"{key} ")]
    return found


def press(app: AppTest, key: str) -> AppTest:
    button(app, key).click().run()
    assert not app.exception
    return app


def asked(app: AppTest) -> str:
    """The names on both sides of the pair that is asked."""
    return " / ".join(re.findall(r"<h3>(.*?)</h3>", part(app, "sides")))


def customer_of(house: House, account: str) -> str:
    return str(house.value("select customer_id from marts.customer_accounts where account_id = %s", account))


def state(house: House) -> dict[str, object]:
    return {name: house.rows(f"marts.{name}") for name in ("customer_accounts", "dim_customers")}


def test_the_waterfall_tells_the_bits_of_the_engine(people: House) -> None:
    # Given a pair as the engine weighs it anew, from what the two hold
    app = review(tab="pairs")
    while RARE not in asked(app):
        press(app, "r_unsure")
    engine = looking._weigh(people.connection, "board:rare", "post:rare2")
    assert engine is not None

    # Then Review tells the same numbers in the same order, and where they sum up to
    shown = told(part(app, "waterfall"))
    expected = [
        (waterfall.FEATURES[step.feature], round(step.bits, 1), round(step.sum, 1))
        for step in steps(engine["evidence"])
    ]
    assert [name for name, *_ in shown] == [name for name, *_ in expected]
    for (_, bits, total), (_, own, sum_) in zip(shown, expected, strict=True):
        assert (bits, total) == (pytest.approx(own, abs=0.11), pytest.approx(sum_, abs=0.11))
    assert shown[0][0] == "Two people picked at random"
    assert f"<td>{waterfall.signed(float(engine['bits']))}</td>" in part(app, "waterfall")


def test_an_answer_counts_at_once_and_at_the_next_refresh_and_undoing_gives_all_back(people: House) -> None:
    before, count = state(people), people.value("select count(*) from marts.identity_review")
    assert count >= 2

    # When a person answers that two are one
    app = review()
    assert f"{count} pairs left" in part(app, "progress")
    pair = people.query("select one, other from marts.identity_review order by usefulness desc, one limit 1")[0]
    first = asked(app)
    press(app, "r_same")

    # Then the next pair is asked, the view shows it, and it is told who decided
    assert asked(app) != first
    assert f"{count - 1} pair" in part(app, "progress")
    assert "1 decided today (Nora Essai 1)" in part(app, "progress")
    rows = {account: (customer, pending) for account, customer, pending in people.query(NOW)}
    assert rows[pair[0]][0] == rows[pair[1]][0]
    assert rows[pair[0]][1] or rows[pair[1]][1]
    decided = opened("review", anew=True, tab="decided")
    assert "figures follow with the next refresh" in part(decided, "said")
    assert "looked at side by side" in part(decided, "said")

    # And the marts at the next refresh
    people.refresh()
    assert customer_of(people, pair[0]) == customer_of(people, pair[1])

    # And taking it back gives back every id and every field
    _forget()
    number = people.value("select max(decision_id) from decisions.identity")
    undoing = opened("review", anew=True, tab="decided")
    undoing.text_input(key=f"undo why {number}").set_value("wrong")
    undoing.text_input(key=f"undo who {number}").set_value("Hugo Essai")
    next(button for button in undoing.button if button.label == "Take it back").click().run()
    assert "taken back by Hugo Essai" in part(undoing, "said")
    people.refresh()
    assert state(people) == before


def test_who_cannot_tell_is_asked_again_after_all_others(people: House) -> None:
    app = review()
    count = int(people.value("select count(*) from marts.identity_review"))
    seen = [asked(app)]
    for _ in range(count):
        press(app, "r_unsure")
        seen.append(asked(app))
    assert len(set(seen[:count])) == count
    assert seen[count] == seen[0]
    assert "1 person could not tell." in " ".join(each.value for each in app.html)
    assert f"0 decided today, {count} left open (Nora Essai {count})" in part(app, "progress")
    # It decides nothing: no refresh has anything to take up.
    assert people.value("select count(*) from decisions.identity") == 0
    assert people.refresh() == []


def test_an_answer_needs_a_name(people: House) -> None:
    app = review(who="")
    first = asked(app)
    press(app, "r_same")
    assert "A name is needed" in app.error[0].value
    assert asked(app) == first
    assert people.value("select count(*) from decisions.identity") == 0


def test_of_two_who_answer_one_pair_the_second_is_told(people: House) -> None:
    one, two = review(), review("Hugo Essai")
    assert asked(one) == asked(two)
    press(one, "r_same")
    press(two, "r_not_same")
    assert "Somebody was quicker" in two.error[0].value
    assert people.query("select verdict, decided_by from decisions.identity") == [("same", "Nora Essai")]


def test_the_pair_that_is_looked_at_stays_whatever_becomes_more_useful_meanwhile(people: House) -> None:
    one, two = review(), review("Hugo Essai")
    first = asked(one)
    press(two, "r_unsure")
    one.text_input(key="r_reason").set_value("one voice").run()
    assert asked(one) == first

    # And where a colleague answers it, that is told, and what was typed of it is not said of the next
    while asked(two) != first:
        press(two, "r_unsure")
    press(two, "r_same")
    one.run()
    assert "answered meanwhile" in one.error[0].value
    assert asked(one) != first
    assert one.text_input(key="r_reason").value == ""


def test_a_second_click_never_falls_on_the_next_pair(people: House) -> None:
    app = review()
    first = button(app, "r_same").key
    press(app, "r_same")
    assert len([each for each in app.button if str(each.key).startswith("r_")]) == 3
    assert first != button(app, "r_same").key


def test_a_pair_of_an_address_is_opened_and_one_that_is_gone_is_told(people: House) -> None:
    ids = people.query("select left(md5(one || ' ' || other), 16), one_name from marts.identity_review")
    for pair, _name in ids:
        app = opened("review", anew=True, pair=pair)
        assert app.query_params["pair"] == pair
    for wrong in ("nosuch", "\0", "' or true --"):
        app = opened("review", anew=True, pair=wrong)
        assert part(app, "left-out")
        assert "pair" not in app.query_params
        assert asked(app)


def test_names_and_texts_get_nowhere(people: House) -> None:
    pages = [opened("customers", anew=True, customer=customer_of(people, "board:bad"))]
    app = review()
    for _ in range(int(people.value("select count(*) from marts.identity_review"))):
        press(app, "r_unsure")
        pages.append(opened("review", anew=True))
    press(review(), "r_not_same")
    pages.append(opened("review", anew=True, tab="decided"))
    whole = " ".join(each.value for page in pages for each in page.html)
    assert "Quistrebert" in whole
    assert "<img src=x" not in whole
    assert "<script>alert" not in whole
    # Nothing that a customer wrote is read as markdown.
    assert not any("Quistrebert" in each.value for page in pages for each in page.markdown)


def change(app: AppTest, what: str, reason: str = "she told us", who: str = "Nora Essai") -> AppTest:
    app.radio(key="k_what").set_value(what).run()
    app.text_input(key="k_reason").set_value(reason)
    app.text_input(key="k_who").set_value(who)
    return app


def test_an_account_is_taken_out_at_once_and_in_the_marts_and_put_back(people: House) -> None:
    before, customer = state(people), customer_of(people, "board:ann")
    assert customer == customer_of(people, "desk:a3")
    app = opened("customers", anew=True, customer=customer)
    assert len(re.findall('data-testid="account"', part(app, "accounts"))) == 3

    # When a person says that one account is another person's
    change(app, "split")
    app.selectbox(key="k_which").set_value("desk:a3")
    press(app, "k_keep")

    # Then it is so at once, for this account alone, and figures follow
    moved = " ".join(parts(app, "moved"))
    assert "a3 (mastodon, desk) is another person by now" in moved
    assert {account for account, _, pending in people.query(NOW) if pending} == {"desk:a3"}
    people.refresh()
    assert customer_of(people, "board:ann") == customer_of(people, "post:a1") == customer
    assert customer_of(people, "desk:a3") != customer

    # And undone all is as it was
    _forget()
    app = opened("customers", anew=True, customer=customer)
    (number,) = people.query("select max(decision_id) from decisions.identity")[0]
    app.text_input(key=f"undo why {number}").set_value("wrong")
    app.text_input(key=f"undo who {number}").set_value("Nora Essai")
    next(button for button in app.button if button.label == "Take it back").click().run()
    assert not app.exception
    assert people.value("select count(*) from marts.identity_decisions where is_standing") == 0
    people.refresh()
    assert state(people) == before


def test_two_customers_are_put_together_by_looking_for_the_other_and_kept_apart_for_ever(people: House) -> None:
    ann, zed = customer_of(people, "board:ann"), customer_of(people, "desk:zed")
    app = opened("customers", anew=True, customer=zed)
    change(app, "same")
    app.text_input(key="k_words").set_value("Roy").run()
    app.selectbox(key="k_other").set_value(ann)
    press(app, "k_keep")
    (survivor,) = {customer for account, customer, _ in people.query(NOW) if account in {"board:ann", "desk:zed"}}
    (lost,) = {ann, zed} - {survivor}
    there = " ".join(parts(opened("customers", anew=True, customer=lost), "moved"))
    assert f"customer={survivor}" in there
    here = " ".join(parts(opened("customers", anew=True, customer=survivor), "moved"))
    assert "is of this customer by now" in here
    people.refresh()
    _forget()
    assert f"{lost} leads here" in part(opened("customers", anew=True, customer=lost), "led")

    # A later word on the same two counts: never
    number = people.value("select max(decision_id) from decisions.identity")
    people.connection.execute(
        "insert into decisions.identity (verdict, undoes, reason, decided_by) values ('undo', %s, 'x', 'y')",
        (number,),
    )
    people.refresh()
    _forget()
    app = opened("customers", anew=True, customer=zed)
    change(app, "never")
    app.text_input(key="k_words").set_value("Roy").run()
    app.selectbox(key="k_other").set_value(ann)
    press(app, "k_keep")
    assert people.value("select verdict from marts.identity_decisions where is_standing") == "not_same"


@pytest.mark.parametrize(("reason", "who"), [("", "Nora"), ("she said", " \0")])
def test_a_decision_needs_a_reason_and_a_name(people: House, reason: str, who: str) -> None:
    app = opened("customers", anew=True, customer=customer_of(people, "board:ann"))
    press(change(app, "split", reason, who), "k_keep")
    assert "A reason and a name are needed" in app.error[0].value
    assert people.value("select count(*) from decisions.identity") == 0


def test_quality_tells_the_figures_of_the_marts(people: House) -> None:
    shown = part(opened("review", anew=True, tab="quality"), "quality")
    for name, value in people.query("select measure, value from marts.identity_quality"):
        assert f'data-testid="measure-{name}">{int(value):,}<' in shown


def decision(number: int, one: str, **more: object) -> Decision:
    none = dict.fromkeys(field.name for field in fields(Decision))
    at = datetime(2026, 11, 20, 10, 0, 0, number * 1000, tzinfo=UTC)
    given = {"decision_id": number, "verdict": "not_same", "one": one, "reason": "x", "decided_by": "Nora Essai"}
    return Decision(**none | given | {"decided_at": at, "is_standing": True, "is_pending": True} | more)  # type: ignore[arg-type]


def test_what_one_person_said_of_one_account_at_one_go_is_taken_back_at_one_go() -> None:
    said_last_first = [
        decision(6, "c"), decision(5, "a"), decision(4, "a"),
        decision(3, "a", decided_by="Hugo Essai"), decision(2, "a", decided_at=datetime(2026, 11, 19, tzinfo=UTC)),
    ]  # fmt: skip
    assert [[each.decision_id for each in group] for group in groups(said_last_first)] == [[6], [5, 4], [3], [2]]


def link(**evidence: float) -> Link:
    return Link(
        "a", "b", "c1", "c2", "review", 0.5, sum(evidence.values()), evidence, rule=None, verdict=None,
        decided_by=None, decided_at=None,
    )  # fmt: skip


def test_bars_begin_where_the_one_before_ended_and_stay_in_the_picture() -> None:
    shown = waterfall.markup(link(prior=-17.0, name=30.0, same_channel=-6.0, copyable=-1.0))
    bars = [
        (side, float(left), float(width))
        for side, left, width in re.findall(r'<i class="(\w+)" style="left:([\d.]+)%;width:([\d.]+)%"', shown)
    ]
    assert [side for side, *_ in bars] == ["against", "for", "against", "against"]
    assert bars[0][1] == pytest.approx(bars[1][1], abs=0.02)
    assert bars[1][1] + bars[1][2] == pytest.approx(bars[2][1] + bars[2][2], abs=0.02)
    assert all(min(left, width) > 0 and left + width <= 100 for _, left, width in bars)


def test_nothing_is_said_to_be_certain() -> None:
    assert waterfall.likelihood(60) == "> 99.99%"
    assert waterfall.likelihood(-60) == "< 0.01%"
    assert waterfall.likelihood(0) == "50.0%"
