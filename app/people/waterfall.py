"""The waterfall: what speaks for and against that two are one person, bit by bit, drawn and written out."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import log2

from app.people.queries import Link
from app.shared import format as fmt
from app.shared import pool
from app.shared.components import tip
from app.shared.language import N_, _, number
from flows.identify.contract import Policies
from flows.identify.steps import Step, probability, steps

POLICIES = Policies()
FEATURES = {
    "prior": N_("Two people picked at random"),
    "customer_number": N_("Customer number"),
    "order_number": N_("Order number"),
    "email": N_("E-mail address"),
    "phone": N_("Telephone number"),
    "email_part": N_("Name before the @ of an address"),
    "handle_declared": N_("Handle declared in the CRM"),
    "link": N_("Link from one to the other"),
    "site": N_("Web site of their own"),
    "avatar": N_("Picture"),
    "town": N_("Town"),
    "language": N_("Language"),
    "birth_date": N_("Date of birth"),
    "handle": N_("Handle"),
    "name": N_("Name"),
    "same_channel": N_("Two accounts of one platform"),
    "copyable": N_("Taken off: anybody can copy it"),
}
STATUSES = {
    "joined": N_("joined"),
    "review": N_("a person should look"),
    "rejected": N_("too little speaks for it"),
    "cut": N_("kept apart by a limit"),
    "blocked": N_("kept apart"),
}
RULES = {
    "decided_same": N_("a person said that they are one"),
    "decided_different": N_("a person said that they are two"),
    "another_crm_number": N_("they have two numbers of one CRM"),
    "pseudonymous_to_named": N_("a pseudonym gets a name by certain evidence or by a person only"),
    "household": N_("they share a household and bear different names"),
    "most_accounts": N_("a customer of more accounts than anybody has"),
    "most_of_a_channel": N_("more accounts of one channel than anybody has"),
    "most_crm": N_("more rows of the CRM than one customer has"),
    "never_together": N_("a person said of others of theirs that they are two"),
    "other_name": N_("others of theirs bear different names"),
    "quarantine": N_("a value that far too many share"),
    "by_others": N_("other links make them one customer already"),
    "contradicted_later": N_("a newer decision says otherwise"),
}
MARGIN = 0.03  # of the width, on both sides


def threshold(likely: float) -> float:
    """A probability as bits."""
    return log2(likely / (1 - likely))


def likelihood(bits: float) -> str:
    """How likely bits are, never as certain as 100 % or 0 %."""
    likely = probability(bits)
    if likely > 0.9999:
        return f"> {fmt.rate(0.9999, 2)}"
    return f"< {fmt.rate(0.0001, 2)}" if likely < 0.0001 else fmt.rate(likely, 2 if likely > 0.99 else 1)


def signed(bits: float) -> str:
    """Write bits with their sign."""
    return fmt.signed(number(abs(bits), 1), bits)


def markup(link: Link | None) -> str:
    """Markup of a pair's waterfall: a table that reads aloud, its bars on one scale with the thresholds."""
    if link is None:
        said = _("Nothing that they hold speaks for it.")
        return f'<div class="v-note" data-testid="waterfall">{escape(said)}</div>'
    found = steps(link.evidence)
    scale = _Scale(found, threshold(POLICIES.joined))
    rows = "".join(_row(step, scale) for step in found)
    head = "".join(
        f'<th scope="col">{escape(name)}</th>' for name in (_("What"), _("For and against"), _("Bits"), _("Sum"))
    )
    together = (
        f'<tr><th scope="row">{escape(_("Together"))}</th><td>{escape(likelihood(link.bits))}</td>'
        f"<td></td><td>{escape(signed(link.bits))}</td></tr>"
    )
    return (
        f'<figure class="v-waterfall" data-testid="waterfall"><figcaption>{_caption(link)}</figcaption>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{together}</tfoot></table></figure>"
    )


def _caption(link: Link) -> str:
    said = _("{likely} likely one person", likely=likelihood(link.bits))
    became = _(STATUSES.get(link.status, link.status))
    if link.verdict and link.decided_by and link.decided_at:
        when = fmt.moment(link.decided_at, pool.company_zone())
        became = (
            _("{who} said on {when} that they are one", who=link.decided_by, when=when)
            if link.verdict == "same"
            else _("{who} said on {when} that they are two", who=link.decided_by, when=when)
        )
    elif link.rule:
        became = f"{became}: {_(RULES.get(link.rule, link.rule))}"
    help = _(
        "Each bit doubles the odds. It begins with how unlikely it is that two accounts picked at random are one "
        "person's, then the evidence follows, the strongest first. From {joined} bits ({likely}) two are joined by "
        "themselves, from {review} bits a person is asked.",
        joined=signed(threshold(POLICIES.joined)), likely=fmt.rate(POLICIES.joined, 0),
        review=number(threshold(POLICIES.review)),
    )  # fmt: skip
    return f"<b>{escape(said)}</b> <span>{escape(became)}</span>{tip(help)}"


class _Scale:
    """Bits as shares of the bars' width."""

    def __init__(self, found: tuple[Step, ...], joined: float) -> None:
        ends = [0.0, joined, *(step.sum for step in found)]
        self.low, self.high = min(ends), max(ends)
        self.lines: Mapping[str, float] = {"ask": 0.0, "join": joined}

    def at(self, bits: float) -> float:
        """Percent from the left."""
        share = (bits - self.low) / ((self.high - self.low) or 1)
        return 100 * (MARGIN + share * (1 - 2 * MARGIN))


def _row(step: Step, scale: _Scale) -> str:
    begin, end = sorted((scale.at(step.sum - step.bits), scale.at(step.sum)))
    side = "for" if step.bits > 0 else "against"
    lines = "".join(
        f'<u class="{name}" style="left:{scale.at(bits):.2f}%"></u>' for name, bits in scale.lines.items()
    )
    bar = f'{lines}<i class="{side}" style="left:{begin:.2f}%;width:{max(end - begin, 0.6):.2f}%"></i>'
    name = escape(_(FEATURES.get(step.feature, step.feature)))
    return (
        f'<tr><th scope="row">{name}</th><td aria-hidden="true"><div>{bar}</div></td>'
        f"<td>{escape(signed(step.bits))}</td><td>{escape(signed(step.sum))}</td></tr>"
    )
