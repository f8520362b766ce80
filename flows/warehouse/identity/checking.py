"""How much of what is certain the rest of the evidence would find here: the check without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.errors import VigieError
from flows.warehouse.database import Connection

if TYPE_CHECKING:
    from flows.identify.selfcheck import Checked

IS_BUILT = "select to_regclass('intermediate.int_account_profiles') is not null"
# As one moment has it, whatever a refresh writes meanwhile.
ONE_MOMENT = "set transaction isolation level repeatable read"
EVERY = """
    create temporary table identify_scope on commit drop as
    select node_id from intermediate.int_account_profiles
"""


def check(connection: Connection) -> Checked:
    """Hide a fifth of the certain values and resolve all again; nothing of it is kept.

    Raises VigieError before the first refresh.
    """
    from flows.identify.contract import Policies
    from flows.identify.selfcheck import self_check
    from flows.warehouse.identity.reading import LEAST_POPULATION, population, read_lexicon, read_values
    from flows.warehouse.identity.values import read_nodes

    built = connection.execute(IS_BUILT).fetchone()
    if not (built and built[0]):
        raise VigieError("nobody is made out yet: `vigie refresh` first")
    with connection.transaction(force_rollback=True):
        connection.execute(ONE_MOMENT)
        connection.execute(EVERY)
        nodes = read_nodes(connection, "intermediate", "identify_scope")
        values = read_values(connection, nodes, is_whole=True)
        people = population(connection, "intermediate")
        lexicon = read_lexicon(connection)
    return self_check(nodes, values, Policies(population=max(people, LEAST_POPULATION)), lexicon)
