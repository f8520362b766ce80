"""Real people, from files in VIGIE_DATA/identity: members of two parliaments by handles and names; fake_1000."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench.identity.measure import Measured, labels, measured
from flows.identify.contract import Nodes, Policies, Previous, Values
from flows.identify.lexicon import learn
from flows.identify.resolve import resolve
from flows.identify.values import coded, counted, derived, together

DATA = Path(os.environ.get("VIGIE_DATA", "../shared/data")) / "identity"
OWN_DIGITS = 2
NETWORKS = ("twitter", "facebook", "instagram", "youtube")


def recognised(
    nodes: list[dict[str, Any]],
    values: list[dict[str, Any]],
    person: list[Any],
    population: int = 0,
    each: float = 1.0,
) -> Measured:
    """Resolve rows and measure."""
    given = Nodes.of(nodes)
    held = counted(given, together([Values.of(given, values), derived(given)]))
    numbers = count()
    result = resolve(
        given,
        held,
        [],
        Previous(),
        policies=Policies(population=population, accounts_each=each),
        draw=lambda: f"c_{next(numbers):016x}",
        lexicon=learn(given, held),
    )
    return measured(labels(result.memberships, list(given.node_id)), np.unique(person, return_inverse=True)[1])


def legislators(named: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """Accounts of members of the US Congress on four networks; `named`: with the row of the directory, too."""
    text = (DATA / "us_congress/legislators-social-media.yaml").read_text(encoding="utf-8")
    nodes, person = [], []
    for row in yaml.safe_load(text):
        who = row["id"]["bioguide"]
        for network in NETWORKS:
            if handle := row["social"].get(network):
                nodes.append(
                    {"node_id": f"{network}:{handle}", "site": network, "channel": network, "handle": handle}
                )
                person.append(who)
    if named:
        text = (DATA / "us_congress/legislators-current.yaml").read_text(encoding="utf-8")
        for row in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            name = row["name"].get("official_full") or f"{row['name']['first']} {row['name']['last']}"
            who = row["id"]["bioguide"]
            nodes.append({"node_id": f"directory:{who}", "site": "directory", "channel": "directory", "name": name})
            person.append(who)
    return nodes, person


def members_of_parliament() -> tuple[list[dict[str, Any]], list[str]]:
    """French members of parliament: their account on one network, and their page at a site about parliament."""
    nodes, person = [], []
    with (DATA / "fr_parlementaires/deputes_2012-2017.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            nodes.append(
                {
                    "node_id": f"twitter:{row['twitter']}",
                    "site": "twitter",
                    "channel": "twitter",
                    "handle": row["twitter"],
                    "name": row["twitter_name"],
                }
            )
            nodes.append(
                {
                    "node_id": f"page:{row['slug']}",
                    "site": "page",
                    "channel": "page",
                    "handle": row["slug"],
                    "name": row["nom"],
                }
            )
            person += [row["slug"]] * 2
    return nodes, person


def directory(given: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """Rows of a directory as nodes, what they hold, and whose they are."""
    nodes, values, person = [], [], []
    for row in given:
        node_id = f"row:{row['unique_id']}"
        name = f"{row['first_name']} {row['surname']}".strip()
        nodes.append({"node_id": node_id, "site": "rows", "name": name, "town": row["city"]})
        person.append(row["cluster"])
        born = row["dob"].split("-") if row["dob"] else []
        parts = [f"{n}/" + "-".join(born[:n] + born[n + 1 :]) for n in range(len(born))]
        parts += ["-".join([born[0], *sorted(born[1:])])] if born else []
        local = row["email"].partition("@")[0]
        near = {local[:n] + local[n + 1 :] for n in range(len(local))} | {local} if local else set()
        held = [("birth_date", row["dob"]), ("email", row["email"]), ("email_part", local)]
        held += [("birth_part", part) for part in parts] + [("email_near", one) for one in sorted(near)]
        own = "declared" if sum(map(str.isdigit, local)) >= OWN_DIGITS else "unverified"
        for kind, value in held:
            known = own if kind in ("email_part", "email_near") else "unverified"
            if value:
                values.append({"node_id": node_id, "kind": kind, "code": coded(value), "how_known": known})
    return nodes, values, person


def fake_1000() -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    """A thousand made-up rows full of slips: names, birth dates, towns, e-mails."""
    with (DATA / "splink/fake_1000.csv").open(encoding="utf-8") as file:
        return directory(csv.DictReader(file))


def report() -> dict[str, Measured]:
    """All of them."""
    found = {}
    for title, named in (("US legislators, handles", False), ("US legislators, handles and names", True)):
        nodes, person = legislators(named)
        found[title] = recognised(nodes, [], person)
    nodes, person = members_of_parliament()
    found["French members of parliament"] = recognised(nodes, [], person)
    nodes, values, person = fake_1000()
    found["fake_1000"] = recognised(nodes, values, person, population=1000, each=3.0)
    return found


if __name__ == "__main__":
    for title, figures in report().items():
        print(title, figures)
