"""What names and handles of made-up people are made of, by the language of the people."""

from __future__ import annotations

import numpy as np

GIVEN = {
    "fr": "Jean Marie Pierre Michel Nathalie Isabelle Camille Léa Chloé Manon Emma Lucas Hugo Louis Julien Nicolas Thomas "
    "Sébastien Stéphane Frédéric Élodie Virginie Aurélie Céline Sandrine François Françoise Jérôme Noémie Anaïs Théo "
    "Clément Maxime Romain Quentin Florian Baptiste Capucine Clémence Solène Gwenaëlle Yannick Loïc Tristan Séverine "
    "Jean-Pierre Marie-Claire Anne-Sophie Jean-Baptiste Marie-Laure",
    "en": "James Mary Robert Patricia John Jennifer Michael Linda William Elizabeth David Susan Thomas Jessica Daniel Sarah "
    "Matthew Ashley Anthony Emily Andrew Megan Joshua Hannah Kenneth Olivia Kevin Grace Brian Chloe George Alice Edward "
    "Lucy Ronald Ruby Timothy Ella Jason Poppy Stuart Gemma Callum Niamh Declan Siobhan Travis Brooke Wyatt Harlow",
    "ar": "Mohammed Ahmed Youssef Fatima Khadija Aïcha Omar Karim Nadia Samira Yasmine Mustapha Rachid Hicham Leïla Salma "
    "Bilal Hamza Imane Soukaina Tarik Zineb Mehdi Nabil Saïd Houda Meryem Ilyas Anouar Ghizlane محمد فاطمة",
    "vi": "Anh Minh Linh Hương Thảo Trang Tuấn Dũng Hải Hoa Hùng Huy Khánh Lan Long Mai Nam Nga Ngọc Phương Quang Sơn Tâm Thủy",
    "es": "María José Antonio Carmen Manuel Ana Francisco Laura Javier Lucía Miguel Marta Alejandro Elena Sergio Paula Raúl",
}
FAMILY = {
    "fr": "Martin Bernard Dubois Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David Bertrand Roux Vincent "
    "Fournier Morel Girard André Mercier Dupont Lambert Bonnet Fontaine Rousseau Chevalier Gauthier Perrin Masson",
    "en": "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson White Harris Clark "
    "Lewis Robinson Walker Young Allen King Wright Scott Hill Green Baker Hall Campbell Mitchell",
    "ar": "Alaoui Bennani Benali El-Idrissi Tazi Cherif Haddad Mansouri Trabelsi Saidi Hamdi Bouzid Ben-Salah Khalil",
    "vi": "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương",
    "es": "García López Martínez Rodríguez González Fernández Pérez Sánchez Romero Navarro Ruiz Torres",
}
SYLLABLES = {
    "fr": "beau bois ville mont chant rou cou lan tier ger mar val bri del pel sau vier teau net lard quin douar ker plou gou rin",
    "en": "ash brad ford ham ley ton wick worth stan hol den wood thorn hart well bur ridge mar lock shaw combe pen ter sley",
    "ar": "bou za ka ha mi di na ssa ra ri ou ma la fi ze rou bel kha da ni",
    "vi": "th an ng uy ph tr qu ha lo mi ki do",
    "es": "al ba cas ta ro men di za gar mon te ri ve lo ña ber nal sal gue ra",
}
SHARES = {"fr": 0.42, "en": 0.33, "ar": 0.1, "vi": 0.06, "es": 0.09}
HANDLE_WORDS = (
    "dragon wolf shadow night blue dark fire star moon sun cat fox bear tiger eagle ghost ninja pixel gamer king queen lord "
    "lady angel devil snow ice storm rain sky sea ocean river forest green red black white gold silver happy crazy lucky "
    "sweet little big super mega ultra mister captain doctor coffee tea pizza cookie banana mango music rock metal jazz "
    "guitar photo travel runner biker rider hiker surfer skater chef baker maker hacker coder geek nerd otaku panda koala "
    "lapin chat loup soleil lune etoile papillon fleur rose violette tulipe petit grand papa maman mamie tonton breizh"
).split()


class Pool:
    """Words drawn by rank, the first ones often."""

    def __init__(self, words: list[str], steep: float) -> None:
        """Weigh the words by Zipf's law."""
        self.words = np.array(words, dtype=object)
        weights = 1 / (np.arange(len(words)) + 2.7) ** steep
        self.cumulated = np.cumsum(weights / weights.sum())

    def draw(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Draw some."""
        return self.words[np.minimum(np.searchsorted(self.cumulated, rng.random(size)), len(self.words) - 1)]


def pools(rng: np.random.Generator, people: int) -> dict[str, tuple[Pool, Pool]]:
    """Given and family names of each language: frequent ones first, then a long tail that grows with the population."""
    found = {}
    for language in GIVEN:
        syllables = SYLLABLES[language].split()
        tail = int(min(60_000, 200 + people * SHARES[language] / 3)) if language != "vi" else 10
        made = rng.integers(0, len(syllables), (tail, 3))
        two = rng.random(tail) < 0.35
        families = [
            "".join(syllables[s] for s in (row[:2] if t else row)).capitalize()
            for row, t in zip(made, two, strict=True)
        ]
        more = ["".join(syllables[s] for s in row).capitalize() for row in rng.integers(0, len(syllables), (60, 2))]
        found[language] = (
            Pool(GIVEN[language].split() + list(dict.fromkeys(more)), 0.9),
            Pool(FAMILY[language].split() + list(dict.fromkeys(families)), 0.75 if language != "vi" else 1.1),
        )
    return found
