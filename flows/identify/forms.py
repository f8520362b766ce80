"""Handles that people make of their names: how a row with a name and an account that shows none are found."""

from __future__ import annotations

from functools import lru_cache

from flows.identify.letters import NO_PLAIN_LETTER
from flows.identify.names import folded, short_forms_of, words_of

SHORTEST = 7  # letters: fewer are many people's
PLACE = 2  # letters of a state or a country that many put after their names
MOST_GIVEN = 3  # given names of one person that are tried
# What people put before and after: titles and what says that it is them.
BEFORE: tuple[str, ...] = (
    "congresswoman",
    "congressman",
    "senator",
    "official",
    "thereal",
    "justice",
    "doctor",
    "prof",
    "real",
    "team",
)
BEFORE += ("rep", "sen", "the", "iam", "its", "gov", "mrs", "mr", "ms", "dr", "us")
AFTER = ("official", "officiel", "press", "music", "real", "pro", "usa", "hq", "uk", "us", "fr")


@lru_cache(maxsize=1 << 16)
def forms_of_name(name: str) -> tuple[str, ...]:
    """Letters of given and family name together, either way round, in the short forms of the given name, too."""
    words = [NO_PLAIN_LETTER.sub("", word) for word in words_of(name)]
    family = words[-1]
    given = [
        one for word in words[:-1][:MOST_GIVEN] if len(word) > 1 for one in (word, *short_forms_of().get(word, ()))
    ]
    made = [form for one in given for form in (one + family, family + one)]
    made += ["".join(words), NO_PLAIN_LETTER.sub("", folded(name))]
    made += [words[0] + word[:1] + family for word in words[1:-1]]
    return tuple(dict.fromkeys(form for form in made if len(form) >= SHORTEST))


def forms_of_handle(letters: str) -> tuple[str, ...]:
    """The letters of a handle, and what is left of them without what people put around a name."""
    plain = NO_PLAIN_LETTER.sub("", letters)
    found = [plain, bare := _without(plain)]
    found += [bare.removesuffix(word) for word in AFTER if bare.endswith(word)][:1]
    if len(bare) >= SHORTEST + 2 * PLACE:
        found.append(bare[:-PLACE])
    return tuple(form for form in dict.fromkeys(found) if len(form) >= SHORTEST)


def _without(plain: str) -> str:
    """Letters without the words that people put before their names."""
    for word in BEFORE:
        if plain.startswith(word) and len(plain) >= len(word) + SHORTEST:
            return _without(plain.removeprefix(word))
    return plain
