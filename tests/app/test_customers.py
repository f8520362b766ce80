"""A customer is found by anything that names them, and read over all channels, whatever people wrote."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import View


def listed(app: AppTest) -> list[str]:
    return [str(name) for name in app.dataframe[0].value["who"]] if app.dataframe else []


def part(app: AppTest, testid: str) -> str:
    return next(element.value for element in app.html if f'data-testid="{testid}"' in element.value)


@pytest.mark.parametrize(
    "words",
    ["jade", "@Jade_92", "T-1001", "jade.essai@example.org", " JADE.ESSAI@example.org ", "c1", "c9"],
)
def test_a_customer_is_found_by(contract: View, words: str) -> None:
    assert listed(contract("customers", q=words)) == ["Jade <b>Essai"]


@pytest.mark.parametrize("words", ["essai@example.org", "T-10", "jade%92", "nobody"])
def test_part_of_an_address_or_number_finds_nobody(contract: View, words: str) -> None:
    assert listed(contract("customers", q=words)) == []


@pytest.mark.parametrize("words", ["jade.essai@example.org", "+33 1 99 00 00 01", "0199000001", "01.99.00.00.01"])
def test_an_address_that_is_looked_for_stands_in_no_address_of_a_page(contract: View, words: str) -> None:
    for app in (contract("customers", anew=True, q=words), contract("customers", anew=True)):
        app.text_input(key="q").set_value(words).run()
        assert "q" not in app.query_params
        assert app.text_input(key="q").value == words
        assert (listed(app) == ["Jade <b>Essai"]) == ("@" in words)
        app.text_input(key="q").set_value("zack").run()
        assert app.query_params["q"] == "zack"
        assert listed(app) == ["=Zack"]
        app.text_input(key="q").set_value("").run()
        assert len(listed(app)) == 2


def test_without_words_the_last_seen_lead(contract: View) -> None:
    assert listed(contract("customers")) == ["Jade <b>Essai", "=Zack"]


def test_people_we_never_met_stand_behind_a_filter_and_are_not_lost_to_a_search(contract: View) -> None:
    assert listed(contract("customers", who="never")) == ["Only In CRM"]
    assert listed(contract("customers", q="T-2000")) == []
    assert "Under “Never met (CRM only)”: 1." in " ".join(
        each.value for each in contract("customers", q="T-2000").html
    )
    assert "Never met" in " ".join(each.value for each in contract("customers", customer="c3").html)


def test_an_id_of_before_a_merge_opens_whom_it_leads_to(contract: View) -> None:
    app = contract("customers", customer="c9")
    assert "Jade" in part(app, "customer")
    assert "c9 leads here" in part(app, "led")
    assert "same verified e-mail address" in part(app, "accounts")
    assert "Bonjour Jade" in part(app, "timeline")


def test_accounts_say_how_they_are_known(contract: View) -> None:
    shown = part(contract("customers", customer="c1"), "accounts")
    assert "same verified e-mail address (email j***@example.org)" in shown
    assert "handle declared in the CRM" in shown


def test_the_timeline_goes_over_all_channels_each_conversation_from_its_beginning(contract: View) -> None:
    shown = part(contract("customers", customer="c1", lang="fr"), "timeline")
    places = [shown.index(words) for words in ("enquête de satisfaction", "&lt;script&gt;x", "Bonjour Jade")]
    assert places == sorted(places)
    assert "<script" not in shown
    assert 'href="answer?' in shown
    assert "conversation=f%2F1" in shown
    assert "lang=fr" in shown


def test_what_the_crm_knows_is_told_and_names_are_text(contract: View) -> None:
    shown = part(contract("customers", customer="c1"), "customer")
    assert "Jade &lt;b&gt;Essai" in shown
    for words in (
        "customer number T-1001",
        "segment famille",
        "customer since 1 Mar 2019",
        "1 waits now",
        "1 rating",
    ):
        assert words in shown


def test_what_waits_how_they_were_treated_and_who_lives_with_them_is_told(contract: View) -> None:
    shown = " ".join(each.value for each in contract("customers", customer="c1").html)
    for words in (
        "&lt;b&gt;Où&lt;/b&gt; est ma carte",
        "3 of 4",
        "75%",
        "2 h 05",
        "n 5",
        "of 3 messages",
        "carte",
    ):
        assert words in shown
    assert re.search(r'data-testid="household"><a href="customers[?][^"]*customer=c2', shown)
    assert 'data-testid="rated"' in shown
    assert "id c1 · c9" in shown


def test_what_was_decided_is_told_with_who_and_why_and_what_is_in_force_can_be_undone(contract: View) -> None:
    app = contract("customers", customer="c1")
    shown = " ".join(each.value for each in app.html)
    assert "her &lt;i&gt;mother" in shown
    assert "taken back by Nora Essai" in shown
    assert "Jade_92 (forum, forum) is another person by now" in shown
    assert [each.label for each in app.button].count("Take it back") == 1


def test_the_evidence_of_two_accounts_is_told_as_text(contract: View) -> None:
    shown = part(contract("customers", customer="c1"), "waterfall")
    for words in ("Name", "+12.5", "−10.0", "E-mail address", "+30.0", "&gt; 99.99%"):
        assert words in shown


def test_an_address_of_nobody_says_so(contract: View) -> None:
    assert any("No such customer" in element.value for element in contract("customers", customer="x").html)


def test_a_conversation_leads_to_its_customer_and_back(view: View) -> None:
    opened = "tilleul:fo-t-181/tilleul:fo:Titi_Temoin"
    there = view("answer", tab="all", conversation=opened)
    link = next(link.proto for link in there.get("page_link") if "customer=" in link.proto.query_string)
    (customer,) = parse_qs(link.query_string)["customer"]
    back = view("customers", customer=customer, conversation=opened)
    assert "conversation=" in link.query_string
    assert any("conversation=" in link.proto.query_string for link in back.get("page_link"))
    assert part(back, "accounts").count('data-testid="account"') == 1


def test_closing_takes_the_customer_out_of_the_address(contract: View) -> None:
    app = contract("customers", anew=True, customer="c1")
    app.button(key="close").click().run()
    assert "customer" not in app.query_params
    assert not app.exception
