"""Make out customers after the refresh knows what its accounts show, before it builds figures of them.

One transaction: a run that is killed leaves nothing, and the next makes out the same nodes. Where nothing is
touched no engine is imported. All nodes are made out again where a refresh builds everything, under other rules,
and when there are twice as many as before: how likely a chance agreement is hangs on how many there are, and on
what handles and names are often made of, which is learnt then and kept: a part is judged as the whole was.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass

from flows.warehouse.database import Connection
from flows.warehouse.refresh.claims import Claim

LAST = "select population, rule_version from identity.lexicon"
ANY = "select from ops.touched where refresh_id = %s and kind = 'node' limit 1"
OPEN = """
    insert into identity.runs (refresh_id, is_full, rule_version, population) values (%s, %s, %s, %s)
    returning run_id
"""
UNTOUCHED = """
    delete from identify_touched as t where not exists (
        select from ops.touched as k where k.refresh_id = %s and k.kind = 'node' and k.key = t.node_id
    )
"""
CLOSE = """
    update identity.runs set
        nodes = %(nodes)s, pairs = %(pairs)s, joined = %(joined)s, review = %(review)s, cut = %(cut)s,
        moved = %(moved)s, flagged = %(flagged)s, seconds = %(seconds)s
    where run_id = %(run_id)s
"""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a run looked at and what came of it: nodes, weighed pairs, of these by what became of them."""

    is_whole: bool
    nodes: int = 0
    pairs: int = 0
    joined: int = 0
    review: int = 0
    cut: int = 0
    moved: int = 0
    flagged: int = 0
    seconds: float = 0.0

    @property
    def told(self) -> str:
        """All of it as one line for people."""
        return (
            f"identify weighed {self.pairs:,} pairs of {self.nodes:,} accounts in {self.seconds:.1f} s:"
            f" {self.joined:,} joined, {self.review:,} to review, {self.cut:,} kept apart; {self.moved:,} moved"
        )


def draw_id() -> str:
    """An id that was never given before: 64 random bits."""
    return f"c_{secrets.token_hex(8)}"


def identify(connection: Connection, claim: Claim, intermediate: str) -> Identified | None:
    """Bring `identity` up to date with a refresh's nodes, which stand in a schema; None where none was touched."""
    if not claim.is_full and connection.execute(ANY, (claim.refresh_id,)).fetchone() is None:
        return None
    with connection.transaction():
        # Look-ups by index, whatever the planner takes a temporary table for.
        connection.execute("set local jit = off; set local random_page_cost = 1.1")
        return _make_out(connection, claim, intermediate)


def _make_out(connection: Connection, claim: Claim, intermediate: str) -> Identified:
    from flows.identify.contract import RULES, Policies
    from flows.identify.resolve import resolve
    from flows.warehouse.identity.reading import (
        LEAST_POPULATION,
        population,
        read_decisions,
        read_lexicon,
        read_previous,
        read_values,
        relearn,
    )
    from flows.warehouse.identity.scope import close_scope, open_scope
    from flows.warehouse.identity.values import read_nodes, renew_values
    from flows.warehouse.identity.writing import Place, write

    started = time.perf_counter()
    people = population(connection, intermediate)
    last = connection.execute(LAST).fetchone()
    is_new = last is None or last[1] != RULES or _doublings(last[0]) != _doublings(people)
    is_whole = claim.is_full or is_new
    row = connection.execute(OPEN, (claim.refresh_id, is_whole, RULES, people)).fetchone()
    run_id = int(row[0]) if row else 0
    policies = Policies(population=max(people, LEAST_POPULATION))
    open_scope(connection, claim, intermediate, is_whole=is_whole)
    renew_values(connection, intermediate, is_whole=is_whole)
    close_scope(connection, most_holders=policies.most_holders, is_whole=is_whole)
    nodes = read_nodes(connection, intermediate, "identify_scope")
    values = read_values(connection, nodes, is_whole=is_whole)
    decisions, previous = read_decisions(connection, nodes), read_previous(connection, nodes)
    lexicon = relearn(connection, nodes, values, people) if is_new else read_lexicon(connection)
    resolution = resolve(nodes, values, decisions, previous, policies=policies, draw=draw_id, lexicon=lexicon)
    if is_whole and not claim.is_full:  # of those that stay as they are no figure changes
        connection.execute(UNTOUCHED, (claim.refresh_id,))
    place = Place(run_id, None if claim.is_full else claim.refresh_id, intermediate)
    moved = write(connection, place, nodes, resolution)
    counts = resolution.counts
    done = Identified(
        is_whole=is_whole,
        nodes=len(nodes),
        pairs=counts["pairs"],
        joined=counts["joined"],
        review=counts["review"],
        cut=counts["cut"] + counts["blocked"],
        moved=moved,
        flagged=len(resolution.flagged),
        seconds=round(time.perf_counter() - started, 3),
    )
    connection.execute(CLOSE, asdict(done) | {"run_id": run_id})
    return done


def _doublings(people: int) -> int:
    """How often a population doubled."""
    return max(people - 1, 0).bit_length()
