"""Looking again at what was read: where it is kept, when it is due, when what does not come back counts as gone."""

from flows.sources.rechecks.absence import Absences, Verdict, join_gaps
from flows.sources.rechecks.config import RecheckConfig
from flows.sources.rechecks.pace import Pace
from flows.sources.rechecks.store import Form, Store

__all__ = ["Absences", "Form", "Pace", "RecheckConfig", "Store", "Verdict", "join_gaps"]
