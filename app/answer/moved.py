"""The address `conversations` of before leads to all conversations of To answer, with what it asks for."""

from __future__ import annotations

import streamlit as st

st.switch_page("answer/page.py", query_params={"tab": "all"} | st.query_params.to_dict())
