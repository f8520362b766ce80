"""Which nodes hang together, and in which components a limit may be broken: all at once, without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from flows.identify.contract import Bools, Ints, Kind, Known, Nodes, Policies, Values
from flows.identify.names import numbered
from flows.identify.values import coded


@dataclass(slots=True)
class Facts:
    """What limits look at, a row a node."""

    nodes: Nodes
    channel: Ints  # number of the platform, 0 for a row of a CRM
    pseudonymous: Bools
    named: Bools
    name: Ints  # number of the person's name, -1 without one
    number_node: Ints  # customer numbers: the node, the CRM that issued it, the number
    number_crm: Ints
    number: Ints

    @classmethod
    def of(cls, nodes: Nodes, values: Values, named: Bools, name: Ints) -> Facts:
        """Gather them."""
        chosen = (values.kind == Kind.CUSTOMER_NUMBER) & (values.known >= Known.DECLARED) & ~values.generic
        chosen &= nodes.can_join[values.node]
        node, code = values.node[chosen], values.code[chosen]
        crm = np.flatnonzero(nodes.is_crm & nodes.can_join)
        bare = np.setdiff1d(crm, values.node[values.kind == Kind.CUSTOMER_NUMBER])  # no number was given
        node = np.concatenate([node, bare])
        code = np.concatenate([code, np.array([coded(nodes.node_id[n]) for n in bare.tolist()], np.int64)])
        site = numbered(nodes.site)[0] + 1
        of_crm = nodes.is_crm[node]
        codes, first = np.unique(code[of_crm], return_index=True)
        issuer = np.zeros(len(code), np.int64)
        if len(codes):
            place = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
            issuer = np.where(codes[place] == code, site[node[of_crm]][first][place], 0)
        channel = np.where(nodes.is_crm, 0, numbered(nodes.channel)[0])
        return cls(nodes, channel, ~named & ~nodes.is_crm, named, np.where(named, name, -1), node, issuer, code)


def hang_together(size: int, left: Ints, right: Ints) -> Ints:
    """A label for each node; equal where links lead from one to the other."""
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    label: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return label


def more_than(label: Ints, what: Ints, most: int) -> Ints:
    """Labels under which something stands more than so many times; a label once for each such thing."""
    order = np.lexsort((what, label))
    a, b = label[order], what[order]
    begins = np.flatnonzero(np.r_[True, (a[1:] != a[:-1]) | (b[1:] != b[:-1])]) if len(a) else order
    found: Ints = a[begins][np.diff(np.r_[begins, len(a)]) > most]
    return found


def several(label: Ints, group: Ints, what: Ints, most: int) -> Ints:
    """Labels under which more than so many different things of one group stand."""
    order = np.lexsort((what, group, label))
    a, b, c = label[order], group[order], what[order]
    new = np.r_[True, (a[1:] != a[:-1]) | (b[1:] != b[:-1]) | (c[1:] != c[:-1])] if len(a) else order
    return more_than(a[new], b[new], most)


def doubtful(label: Ints, facts: Facts, uncertain: Ints, apart: Ints, policies: Policies) -> Bools:
    """Which labels may break a limit. `uncertain`: labels of links that are not certain; `apart`: of decisions."""
    count = int(label.max(initial=-1)) + 1
    found = np.zeros(count, np.bool_)
    crm = facts.nodes.is_crm
    found |= np.bincount(label[~crm], minlength=count) > policies.most_accounts
    many = np.bincount(label, minlength=count) > 1
    inside = many[label]
    on = inside & (facts.channel > 0)
    found[more_than(label[on], facts.channel[on], policies.most_of_a_channel)] = True
    at = inside[facts.number_node]
    node = facts.number_node[at]
    found[several(label[node], facts.number_crm[at], facts.number[at], policies.most_crm)] = True
    bears = inside & (facts.name >= 0)
    bearing = label[bears]
    found[several(bearing, np.zeros_like(bearing), facts.name[bears], 1)] = True
    unsure = np.bincount(uncertain, minlength=count) > 0
    found |= (
        unsure
        & (np.bincount(label[crm], minlength=count) > 0)
        & (np.bincount(label[facts.pseudonymous], minlength=count) > 0)
    )
    found[apart] = True
    return found & many
