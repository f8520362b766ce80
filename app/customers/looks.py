"""Who looked at whose page, and when: kept before the page is shown, so no look goes unkept."""

from __future__ import annotations

import streamlit as st

from app.messages import who
from app.shared import access, pool

LOOKED = "looked_at"
KEEP = "insert into decisions.looks (customer_id, looked_by, subject, roles) values (%s, %s, %s, %s)"


def keep(customer_id: str) -> None:
    """Keep that a customer's page is looked at; as long as it stays open it is one look.

    Raises SettingError or NotReadyError where that cannot be kept: then nothing is shown.
    """
    reader = access.require()
    look = (customer_id, who.name(), reader.subject, list(reader.roles))
    if st.session_state.get(LOOKED) != look:
        with pool.writing() as connection:
            connection.execute(KEEP, look)
        st.session_state[LOOKED] = look


def end() -> None:
    """No customer's page is open any more: the next look is another."""
    st.session_state.pop(LOOKED, None)
