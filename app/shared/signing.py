"""What stands in the way before any page: the sign-in, and what is said to who has no role or not this page."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.shared import access, components
from app.shared.access import Reader
from app.shared.language import N_, _
from flows.settings import settings

WHOEVER = N_("whoever runs Vigie here")


def ask() -> None:
    """Draw the sign-in."""
    components.empty(_("Sign in"), escape(_("Vigie shows what customers wrote: say who you are.")))
    st.button(_("Sign in"), type="primary", on_click=st.login, key="sign-in")


def refused(reader: Reader) -> None:
    """Say that this page is not for the reader's role, and whom to ask."""
    whom = settings().contact or _(WHOEVER)
    if reader.rooms:
        title, why = _("Not your page"), _("Your role does not open this page. Ask {whom}.", whom=whom)
    else:
        title = _("No role")
        why = _(
            "You are signed in as {name}, and nobody gave you a role here. Ask {whom}.", name=reader.name, whom=whom
        )
    components.empty(title, escape(why))


def stand(reader: Reader) -> None:
    """Draw at the sidebar's end who is signed in, or that nobody is asked to."""
    if not access.is_asked():
        said = _("Nobody is asked who they are here: this app answers this machine alone.")
        st.sidebar.html(f'<div class="v-note" data-testid="no-sign-in">{escape(said)}</div>')
        return
    roles = ", ".join(_(access.ROLE_NAMES[role]) for role in reader.roles) or _("no role")
    st.sidebar.html(f'<div class="v-note" data-testid="signed-in">{escape(reader.name)}<br>{escape(roles)}</div>')
    if not reader.sees_persons:
        said = _("Names and addresses are not shown in your role.")
        st.sidebar.html(f'<div class="v-note" data-testid="masked">{escape(said)}</div>')
    st.sidebar.button(_("Sign out"), on_click=st.logout, key="sign-out", type="tertiary")
