"""Which nodes a run must be given, so that what it finds is what a full run would find."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def closed(
    touched: Iterable[str],
    holders: Callable[[set[str]], Iterable[str]],
    beside: Callable[[set[str]], Iterable[str]],
) -> set[str]:
    """All nodes that have to be looked at when some were touched.

    `holders(nodes)`: those that hold a value which these hold or held, where it is not held by too many (the made
    values, too); their weights may change with the number of holders. Once is enough: a value no touched node
    holds has the holders that it had. `beside(nodes)`: those linked with these by an edge that was not
    rejected, or of one customer with these; asked until nothing is new: limits look at all that hangs together, and
    what is likely is gathered over all accounts of two customers.
    """
    found = set(touched)
    found |= set(holders(found))
    new = set(found)
    while new:
        new = set(beside(new)) - found
        found |= new
    return found
