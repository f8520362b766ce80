"""What is looked for among customers: in the address of the page, but for an e-mail address or telephone number.

Addresses of pages are sent to colleagues, and stand in histories and logs: no person's address belongs there.
"""

from __future__ import annotations

import re

import streamlit as st

from app.shared import address, listing

PRIVATE = "private_words"
LONGEST = 200
# Somebody's box, or at least seven digits with what people write between them.
PERSONAL = re.compile(r"\S@\S+[.]\S|^[+(]?(?:\d[\s()./-]*){7,}$")


def is_personal(words: str) -> bool:
    """Whether words are an address or a telephone number."""
    return bool(PERSONAL.search(words.strip()))


def words() -> str:
    """What is looked for; the search box is set to it."""
    given = address.given(listing.WORDS)[:LONGEST]
    if is_personal(given):
        _keep(given)
    elif given:
        st.session_state.pop(PRIVATE, None)
    sought: str = given or st.session_state.get(PRIVATE, "")
    st.session_state[listing.WORDS] = sought
    return sought


def changed() -> None:
    """Take up what was typed into the search box."""
    typed = (st.session_state[listing.WORDS] or "").strip()
    st.session_state.pop(PRIVATE, None)
    if is_personal(typed):
        _keep(typed)
    else:
        listing.update_url(listing.WORDS, "")


def _keep(given: str) -> None:
    st.session_state[PRIVATE] = given
    listing.close(listing.WORDS, listing.POSITION)
