"""How the app is served: `streamlit run app/served.py`, Streamlit's own server behind the guard."""

from __future__ import annotations

import streamlit as st

from flows.serving.guard import guards
from flows.settings import PROJECT, settings

app = st.App(PROJECT / "app" / "main.py", middleware=guards(settings().url_host, settings().proxy_names))
