"""How the app is served: `streamlit run app/served.py`, Streamlit's own server behind the guard."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from app.shared.access import ADDRESSES, FORMER, ROOMS
from flows.serving.app_paths import NeededPathsOnly
from flows.serving.guard import guards
from flows.serving.sign_in import check_address, streamlit_secrets
from flows.settings import PROJECT, settings

config = settings()
check_address(config, st.get_option("server.address"))
PAGES = {ADDRESSES.get(room, room) for room in ROOMS} | {FORMER}
app = st.App(
    PROJECT / "app" / "main.py",
    secrets=streamlit_secrets(config),
    middleware=[
        *guards(config.url_host, config.proxy_names, config.public_url),
        Middleware(NeededPathsOnly, pages=PAGES, has_sign_in=config.sign_in_metadata is not None),
    ],
)
