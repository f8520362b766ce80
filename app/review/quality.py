"""How far customers are made out, each figure with what it means."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.review.queries import Measure
from app.shared import format as fmt
from app.shared.language import N_, _

# In the order in which they are read: what it is called, what it means, and of what it is a part.
MEASURES: dict[str, tuple[str, str, str | None]] = {
    "accounts": (N_("Accounts"), N_("Accounts that wrote as customers or answered a survey."), None),
    "customers_with_accounts": (
        N_("Customers met"),
        N_("Customers behind these accounts: fewer than accounts where some are one person's."),
        None,
    ),
    "customers_of_several_accounts": (
        N_("Of several accounts"),
        N_("Customers whom two accounts or more make up."),
        "customers_with_accounts",
    ),
    "accounts_of_the_largest": (
        N_("Accounts of the largest"),
        N_("A customer of very many accounts is a shared mailbox rather than a person: look at who that is."),
        None,
    ),
    "customers_in_the_crm": (N_("Customers in the CRM"), N_("Customers whom the CRM knows, met or not."), None),
    "customers_of_both": (
        N_("Known and met"),
        N_("Customers of the CRM of whom at least one account is known."),
        "customers_in_the_crm",
    ),
    "accounts_that_policy_keeps_single": (
        N_("Kept single by policy"),
        N_("Accounts that the policy of their site or source forbids to join with others."),
        "accounts",
    ),
    "pairs_joined": (N_("Pairs joined"), N_("Links between accounts that are as good as certain."), None),
    "pairs_kept_apart": (
        N_("Pairs kept apart"),
        N_("Pairs that evidence would join and a limit or a person keeps apart."),
        None,
    ),
    "pairs_to_review": (
        N_("Pairs to review"),
        N_("As likely one person as not: these are the questions here."),
        None,
    ),
    "values_that_stand_for_nobody": (
        N_("Values of nobody"),
        N_("Addresses, numbers and pictures that too many share: they join nobody."),
        None,
    ),
    "decisions_in_force": (N_("Decisions in force"), N_("What people said and nobody took back."), None),
    "nodes_of_the_last_run": (
        N_("Looked at last"),
        N_("Accounts and rows of the CRM that the last refresh made out again."),
        None,
    ),
    "moved_by_the_last_run": (
        N_("Moved last"),
        N_("Of these, those whose customer changed."),
        "nodes_of_the_last_run",
    ),
}


def markup(found: Sequence[Measure]) -> str:
    """Markup of all figures; one that has no words here is shown by its name."""
    values = {each.measure: each.value for each in found}
    order = [*(name for name in MEASURES if name in values), *sorted(set(values) - set(MEASURES))]
    rows = "".join(_row(name, values) for name in order)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in (_("What"), _("How many"), _("Share")))
    return (
        f'<div class="v-scroll" tabindex="0"><table class="v-table v-quality" data-testid="quality">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(name: str, values: dict[str, float]) -> str:
    title, means, whole = MEASURES.get(name, (name, "", None))
    share = ""
    if whole and values.get(whole):
        n = _("of {n}", n=fmt.count(values[whole]))
        share = f"{escape(fmt.rate(values[name] / values[whole]))}<small>{escape(n)}</small>"
    return (
        f'<tr><th scope="row">{escape(_(title))}<small>{escape(_(means) if means else "")}</small></th>'
        f'<td data-testid="measure-{escape(name)}">{escape(fmt.count(values[name]))}</td><td>{share}</td></tr>'
    )
