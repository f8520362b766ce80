"""What is asked, the values each task can take, and which column of a model speaks for which value."""

from __future__ import annotations

from flows.understand.analyzer import COMPANY_TASKS, CUSTOMER_TASKS

VALUES: dict[str, tuple[str, ...]] = {
    "intent": ("question", "complaint", "request", "idea", "praise", "opinion", "leaving", "reply", "other"),
    "sentiment": ("negative", "neutral", "positive"),
    "answerable": ("no", "yes"),
    "journey": ("before", "sale", "after", "unclear"),
    "settled": ("no", "yes"),
    "noise": ("no", "yes"),
    "reply_kind": ("answer", "redirect", "question", "holding", "courtesy", "announcement"),
}
TASKS = (*CUSTOMER_TASKS, *COMPANY_TASKS)

# A label below this probability is shown as unsure. It keeps its value: whoever reads it decides.
UNSURE_BELOW = 0.6

# What stands for "nothing to see": no words prove it.
SILENT = frozenset(
    {("answerable", "no"), ("settled", "no"), ("noise", "no"), ("journey", "unclear"), ("intent", "other")}
)


def _columns() -> dict[str, slice]:
    columns, first = {}, 0
    for task in TASKS:
        columns[task] = slice(first, first + len(VALUES[task]))
        first += len(VALUES[task])
    return columns


COLUMNS = _columns()
WIDTH = sum(len(values) for values in VALUES.values())
