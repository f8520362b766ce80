"""Words as people search for them: accents, capitals, plurals and their order make no difference."""

from __future__ import annotations

import re
from typing import LiteralString

ACCENTLESS: LiteralString = (
    "regexp_replace("
    "replace(replace(translate(lower(normalize({text}, nfkd)), '’ʼ', ''''''), 'œ', 'oe'), 'æ', 'ae'), "
    r"'[\u0300-\u036f]', '', 'g')"
)


def accentless(text: LiteralString) -> LiteralString:
    """The SQL of a text in small letters without accents and curly apostrophes, however they are written."""
    return ACCENTLESS.replace("{text}", text)


def folded(text: LiteralString) -> LiteralString:
    """The SQL of a text's words, without their plurals too.

    It is the expression of the index `fct_messages_words` (the macro `words_folded`): another one would not use it.
    """
    return rf"regexp_replace({accentless(text)}, '(\w\w\w)[sx]\M', '\1', 'g')"


def named(*columns: LiteralString) -> LiteralString:
    """The SQL of a name in which each of the `parts` stands, in any order."""
    part = accentless("p.part")
    # Made of constants of this module alone; what people look for comes as a parameter.
    patterns = f"select '%%' || {part} || '%%' from unnest(%(parts)s::text[]) as p (part)"  # noqa: S608
    return "(" + " or ".join(f"{accentless(column)} like all ({patterns})" for column in columns) + ")"


def parts(words: str) -> list[str]:
    """The words that a name has to have; what signs `like` would read are taken as they are."""
    literally = [re.sub(r"([\\%_])", r"\\\1", part.lstrip("@")) for part in words.split()]
    return [part for part in literally if part] or [words]
