"""The one polite HTTP client that every source uses: robots, pace, retries, limits, and no way into the network."""

from flows.sources.http.answer import Answer, Validators
from flows.sources.http.client import PoliteClient
from flows.sources.http.errors import (
    AddressRefused,
    BadAnswer,
    BudgetUsedUp,
    HostResting,
    HttpError,
    RobotsRefused,
    StatusError,
    Unreachable,
)
from flows.sources.http.hosts import Hosts, MemoryHosts
from flows.sources.http.limits import Budget, Clock, RequestPolicy
from flows.sources.http.memory import Memory

__all__ = [
    "AddressRefused",
    "Answer",
    "BadAnswer",
    "Budget",
    "BudgetUsedUp",
    "Clock",
    "HostResting",
    "Hosts",
    "HttpError",
    "Memory",
    "MemoryHosts",
    "PoliteClient",
    "RequestPolicy",
    "RobotsRefused",
    "StatusError",
    "Unreachable",
    "Validators",
]
