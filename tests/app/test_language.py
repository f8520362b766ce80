"""The app speaks English and French: nothing is left out, nothing is left over, and each writes its own way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from app.shared import format as fmt
from app.shared import language
from app.shared.language import SPACE, THIN, Language
from flows.settings import PROJECT
from tests.app.conftest import View, tiles

Speak = Callable[[Language], None]
APP = PROJECT / "app"
PLACES = re.compile(r"\{\w+\}")
WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
# Files that say nothing to people: queries.
QUERIES = {
    "looks.py",
    "queries.py",
    "measures.py",
    "standing.py",
    "pool.py",
    "memory.py",
    "words.py",
    "labels.py",
    "decisions.py",
    "meaning.py",
    "waiting.py",
    "beside.py",
}
PAGES = ["today", "answer", "customers", "review", "sources"]


def trees() -> Iterator[ast.Module]:
    for file in APP.rglob("*.py"):
        yield ast.parse(file.read_text(encoding="utf-8"), str(file))


def said() -> dict[str, str | None]:
    """Every text that the code marks as shown, a plural's first form with its second."""
    found: dict[str, str | None] = {}
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in {"_", "N_"} and isinstance(first, ast.Constant):
                    found.setdefault(str(first.value), None)
                elif node.func.id == "plural":
                    assert isinstance(first, ast.Constant), ast.unparse(node)
                    found[str(first.value)] = ast.literal_eval(node.args[1])
    return found


def test_every_text_that_is_shown_has_its_french_and_none_is_left_over() -> None:
    assert set(language.catalog("fr")) == set(said())


def test_a_plural_has_two_forms_and_nothing_else_has() -> None:
    plurals = {english for english, many in said().items() if many}
    assert {english for english, french in language.catalog("fr").items() if isinstance(french, list)} == plurals
    assert all(len(language.catalog("fr")[english]) == 2 for english in plurals)


def test_no_text_is_translated_twice() -> None:
    node = yaml.compose((APP / "shared" / "locale" / "fr.yml").read_text(encoding="utf-8"))
    keys = [key.value for key, _ in node.value]
    assert len(keys) == len(set(keys))


def test_a_translation_has_the_places_of_its_english() -> None:
    for english, french in language.catalog("fr").items():
        for form in [french] if isinstance(french, str) else french:
            # One of something may be said without its number.
            assert set(PLACES.findall(form)) | {"{n}"} == set(PLACES.findall(english)) | {"{n}"}, english


def shown_without_a_mark(tree: ast.Module) -> Iterator[str]:
    """Texts of several words outside marks, docstrings, queries and markup."""
    marked: set[int] = set()
    for node in ast.walk(tree):
        is_mark = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if is_mark and node.func.id in {"_", "N_", "plural", "SettingError", "cached"}:
            marked |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            marked.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in marked:
            text = node.value
            if WORDS.search(text) and "<" not in text and ">" not in text:
                yield text


def test_nothing_is_shown_that_is_not_marked_for_translation() -> None:
    files = [file for file in APP.rglob("*.py") if file.name not in QUERIES]
    known = {"vigie app", "vigie collect ", "replace(format(datum.value, ',d'), /,/g, '"}
    found = {
        text
        for file in files
        for text in shown_without_a_mark(ast.parse(file.read_text(encoding="utf-8")))
        if not re.fullmatch(r"[\w.-]+ [\w.-]+", text) or text[0].isupper()
    }
    assert found <= known


def everything(app: AppTest) -> str:
    """All that a page shows in words, but the style sheet."""
    parts = [element.value for element in (*app.html, *app.markdown) if "<style>" not in element.value]
    widgets = (*app.button, *app.text_input, *app.date_input, *app.get("page_link"))
    parts += [element.proto.label for element in widgets]
    parts += [str(getattr(element.proto, "help", "")) for element in widgets]
    parts += [option.content for group in app.get("button_group") for option in group.proto.options]
    return re.sub(r"<[^>]+>", " ", " ".join(parts))


@pytest.mark.parametrize("page", PAGES)
def test_a_french_page_shows_no_english(contract: View, page: str) -> None:
    shown = everything(contract(page, lang="fr", customer="c1", conversation="f/1"))
    french = " ".join(str(forms) for forms in language.catalog("fr").values())
    pieces = {piece for english in language.catalog("fr") for piece in PLACES.split(english) if WORDS.search(piece)}
    assert {piece for piece in pieces if piece in shown and piece not in french} == set()
    titles = {"today": "Demandes", "answer": "À répondre", "customers": "Clients", "review": "vérifier"}
    assert titles.get(page, "Donn") in shown


def test_the_language_is_kept_in_the_address_over_pages(contract: View) -> None:
    app = contract("sources", anew=True, lang="fr")
    for page in ("customers", "today"):
        app.query_params.clear()
        app.switch_page(f"{page}/page.py").run()
        assert app.query_params["lang"] == "fr"
    assert next(iter(tiles(app))) == "Promesse tenue"


def test_the_switch_changes_the_language_and_the_address(contract: View) -> None:
    app = contract(anew=True)
    assert "lang" not in app.query_params
    app.segmented_control(key="language_switch").set_value("fr").run()
    assert app.query_params["lang"] == "fr"
    assert list(tiles(app))[:2] == ["Promesse tenue", "Taux de réponse"]
    app.segmented_control(key="language_switch").set_value("en").run()
    assert app.query_params["lang"] == "en"
    assert next(iter(tiles(app))) == "Promise kept"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("de,en;q=0.7,fr;q=0.3", "en"), ("de", "en"), ("", "en")],
)
def test_without_a_choice_the_browser_decides(monkeypatch: pytest.MonkeyPatch, asked: str, spoken: str) -> None:
    monkeypatch.setattr(language, "_asked_by_browser", lambda: asked)
    assert language._of_browser() == spoken


def test_only_a_choice_is_in_the_address(contract: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_asked_by_browser", lambda: "fr")
    app = contract(anew=True)
    assert app.segmented_control(key="language_switch").value == "fr"
    assert "lang" not in app.query_params


def test_a_language_nobody_speaks_here_is_as_none(contract: View) -> None:
    assert next(iter(tiles(contract(lang="xx")))) == "Promise kept"


def test_trouble_is_told_in_french(bare: str) -> None:
    app = AppTest.from_file(str(APP / "main.py"), default_timeout=60)
    app.query_params["lang"] = "fr"
    app.run()
    shown = " ".join(part.value for part in app.html)
    assert "L’entrepôt n’a pas encore de tables de résultats" in shown
    assert "vigie refresh" in shown


def test_french_figures_have_french_typography(speak: Speak) -> None:
    speak("fr")
    assert language.number(1234.5, 1) == f"1{THIN}234,5"
    assert fmt.rate(0.75) == f"75,0{SPACE}%"
    assert fmt.minutes(220) == f"3{SPACE}h{SPACE}40"
    assert fmt.minutes(4560) == f"3{SPACE}j{SPACE}4{SPACE}h"
    assert fmt.day(date(2026, 10, 22)) == "22 oct. 2026"
    assert fmt.day(date(2026, 11, 1)) == "1er nov. 2026"
    assert fmt.days(date(2026, 11, 1), date(2026, 11, 20)) == "1er – 20 nov. 2026"
    moment = datetime(2026, 11, 19, 15, 17, tzinfo=UTC)
    assert fmt.moment(moment, ZoneInfo("Europe/Paris")) == "jeu. 19 nov. 2026, 16:17"


def test_french_has_one_for_nought_and_english_has_many(speak: Speak) -> None:
    days = ("{n} day", "{n} days")
    assert [language.plural(*days, n) for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    speak("fr")
    assert [language.plural(*days, n) for n in (0, 1, 2)] == ["0 jour", "1 jour", "2 jours"]


def test_the_catalogs_spaces_before_double_signs_never_break() -> None:
    for french in language.catalog("fr").values():
        for form in [french] if isinstance(french, str) else french:
            assert not re.search(r" [:;!?%»]|« ", form)


def test_a_word_of_a_users_is_never_taken_for_a_place() -> None:
    assert language._("source {source}", source="{curly} {0}") == "source {curly} {0}"
