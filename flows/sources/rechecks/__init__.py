"""Looking again at what was read: when it is due, and when what does not come back is believed to be gone."""

from flows.sources.rechecks.absence import Absences, Verdict, join_gaps
from flows.sources.rechecks.config import RecheckConfig

__all__ = ["Absences", "RecheckConfig", "Verdict", "join_gaps"]
