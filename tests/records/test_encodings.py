"""Texts are looked at by ftfy only where it could find something: with the same result."""

from __future__ import annotations

import ftfy
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES
from hypothesis import example, given
from hypothesis import strategies as st

from flows.records.encodings import REPAIR, repair

# Every sign that ftfy's rules name, and the ASCII that stands around it in them.
NAMED = sorted({sign for sign in BADNESS_RE.pattern + "".join(MOJIBAKE_CATEGORIES.values()) if not sign.isascii()})
SIGNS = st.one_of(st.sampled_from(NAMED), st.sampled_from("aZ .,!?\n0"), st.characters())
MIXED = st.text("éàçœŒÃÂ€’« ", max_size=20).map(lambda text: text.encode().decode("cp1252", "replace"))


@given(st.one_of(st.text(SIGNS, max_size=12), MIXED))
@example("réglÃ© ")
@example("un œ")
@example("Â ")
@example("a Ã b")
@example("\x80")
def test_a_text_is_repaired_as_ftfy_would_repair_it(text: str) -> None:
    assert repair(text) == ftfy.fix_encoding(text, REPAIR)


def test_no_sign_that_stands_alone_between_ascii_is_passed_over() -> None:
    """ftfy's rules look at few signs at a time: each sign that they name, in every place that they look at."""
    for sign in NAMED:
        for text in (
            sign,
            f"a{sign}",
            f"{sign}a",
            f"a{sign}b",
            f"a {sign} b",
            f". {sign} .",
            f" {sign} ",
            f"{sign} a",
        ):
            assert repair(text) == ftfy.fix_encoding(text, REPAIR), text
