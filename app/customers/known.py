"""Who is behind a customer and how that is known: accounts, the waterfall of any two, and a word against it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import Literal, get_args
from urllib.parse import urlencode

import streamlit as st

from app.customers import queries
from app.customers.queries import Customer
from app.people import deciding, decisions, waterfall
from app.people import queries as people
from app.people.queries import Link, Moved, Node
from app.shared import filters
from app.shared.channels import channel_name, channel_names
from app.shared.language import N_, _

What = Literal["split", "same", "never"]
WHATS: tuple[What, ...] = get_args(What)
WHAT_NAMES: dict[What, str] = {
    "split": N_("An account is another person"),
    "same": N_("The same as another customer"),
    "never": N_("Never the same as another customer"),
}
WHAT, WHICH, WORDS, OTHER, REASON, WHO = "k_what", "k_which", "k_words", "k_other", "k_reason", "k_who"
ONE, TWO = "k_one", "k_two"
FOUND = 8


def moves(found: Sequence[Moved], customer_id: str) -> None:
    """Say which accounts are elsewhere by now, by what people decided since the last refresh."""
    shown = {node.node_id: label_of(node) for node in people.sides([each.account_id for each in found])}
    for each in found:
        account = shown.get(each.account_id, each.account_id)
        there = ""
        if each.made_out_customer_id != customer_id:
            said = _("{account} is of this customer by now", account=account)
        elif each.customer_id:
            whose = queries.customer(each.customer_id)
            name = whose.name if whose and whose.name else each.customer_id
            said = _("{account} is of {customer} by now", account=account, customer=name)
            asked = escape(urlencode(filters.link(customer=each.customer_id)))
            there = f' <a href="customers?{asked}" target="_self">{escape(each.customer_id)}</a>'
        else:
            said = _("{account} is another person by now", account=account)
        follows = _("decided; figures follow with the next refresh")
        st.html(
            f'<div class="v-left-out v-moves" role="status" data-testid="moved"><b>{escape(said)}</b>{there} '
            f"<small>{escape(follows)}</small></div>"
        )


def why(nodes: Sequence[Node], links: Sequence[Link]) -> None:
    """Draw the waterfall of two of a customer's accounts: the strongest link, or the two that are chosen."""
    if len(nodes) < 2:
        return
    by_id = {node.node_id: node for node in nodes}
    with st.expander(_("Why are they one? The evidence, bit by bit"), icon=":material/balance:"):
        first = next((link for link in links if {link.one, link.other} <= set(by_id)), None)
        ids = list(by_id)
        one, two = (first.one, first.other) if first else (ids[0], ids[1])
        for key, usual in ((ONE, one), (TWO, two)):
            if st.session_state.get(key) not in by_id:
                st.session_state[key] = usual
        if len(ids) > 2:
            for place, key, label in zip(st.columns(2), (ONE, TWO), (_("One"), _("Other")), strict=True):
                place.selectbox(label, ids, key=key, format_func=lambda name: label_of(by_id[name]))
        left, right = by_id[st.session_state[ONE]], by_id[st.session_state[TWO]]
        st.html(f'<div class="v-note">{escape(label_of(left))} ↔ {escape(label_of(right))}</div>')
        link = people.link(left.node_id, right.node_id) if left != right else None
        st.html(waterfall.markup(link))
        if link is None and left != right:
            through = _("These two are one customer through others: choose another two to see how.")
            st.html(f'<div class="v-note">{escape(through)}</div>')


def label_of(node: Node) -> str:
    """What a part of a customer is called in a list."""
    return f"{node.shown} ({channel_name(node.channel) if not node.is_crm else _('CRM')}, {node.site})"


def change(customer: Customer, nodes: Sequence[Node]) -> None:
    """Draw the way to say that who is who is otherwise."""
    # Named by the accounts, so that it closes over what has just been decided.
    said = decisions.of_customer(customer.customer_id)
    last = f"{said[0].decision_id} {said[0].is_standing}" if said else ""
    with st.popover(_("Not right?"), icon=":material/alt_route:", key=f"change {customer.customer_id} {last}"):
        can_split = len(nodes) > 1 and any(not node.is_crm for node in nodes)
        whats = [what for what in WHATS if can_split or what != "split"]
        _offered(WHAT, whats)
        what: What = st.radio(_("What is it?"), whats, key=WHAT, format_func=lambda name: _(WHAT_NAMES[name]))
        if what == "split":
            accounts = {node.node_id: node for node in nodes if not node.is_crm}
            st.selectbox(_("Account"), list(accounts), key=WHICH, format_func=lambda name: label_of(accounts[name]))
        else:
            _other(customer)
        deciding.ask_why(REASON, WHO, _("She told us on the phone"))
        st.caption(
            _("Seen at once for these accounts; figures follow with the next refresh. It can be taken back.")
        )
        st.button(_("Keep"), type="primary", key="k_keep", on_click=_kept, args=(customer.customer_id, what))


def _other(customer: Customer) -> None:
    words = st.text_input(
        _("Which other customer?"), key=WORDS, max_chars=200,
        placeholder=_("A name, a handle, a customer number or a whole e-mail address"),
    ).strip()  # fmt: skip
    found = [] if not words else queries.customers(words.replace("\0", ""), FOUND, 0, None)
    others = {each.customer_id: each for each in found if each.customer_id != customer.customer_id}
    _offered(OTHER, others)
    st.selectbox(
        _("Customer"),
        list(others),
        key=OTHER,
        placeholder=_("nobody found yet"),
        format_func=lambda name: _called(others[name]) if name in others else name,
    )


def _offered(key: str, there: Collection[str]) -> None:
    """Forget a choice that was made for another customer."""
    if st.session_state.get(key) not in there:
        st.session_state.pop(key, None)


def _called(customer: Customer) -> str:
    where = channel_names(customer.channels) or _("CRM")
    return f"{customer.name or customer.customer_id} ({where})"


def _kept(customer_id: str, what: What) -> None:
    """Keep what the form says, or say what it lacks."""
    given = deciding.asked(REASON, WHO)
    if given is None:
        return
    here = people.nodes(customer_id)
    if what == "split":
        leaver = str(st.session_state.get(WHICH) or "")
        pairs = [(leaver, node.node_id) for node in here if node.node_id != leaver]
        told = _("Kept: this account is another person.")
    else:
        other = st.session_state.get(OTHER)
        there = people.nodes(other) if other else []
        pairs = [(here[0].node_id, there[0].node_id)] if here and there else []
        told = _("Kept: they are one person.") if what == "same" else _("Kept: they are never one person.")
    if not pairs or not all(all(pair) for pair in pairs):
        st.session_state[deciding.TROUBLE] = _("Choose whom it is about.")
        return
    if deciding.keep(lambda: decisions.decide("same" if what == "same" else "not_same", pairs, *given), told):
        st.session_state[REASON] = st.session_state[WORDS] = ""
