"""The few errors that Vigie raises on purpose; each message says what happened, where and what to do."""

from __future__ import annotations


class VigieError(Exception):
    """An error that its reader can act on: the command line prints it as one line and exits with 1."""


def reason(error: BaseException) -> str:
    """What is kept of an error where it ended work: its kind and what it says; or that the work was told to end."""
    name = type(error).__name__
    if not isinstance(error, Exception):
        return f"told to end ({name})"
    return f"{name}: {error}" if str(error) else name


class SettingError(VigieError):
    """A setting is missing, wrong, or points at something that does not answer."""


class ForeignError(SettingError):
    """What is there is another's: Vigie neither changes nor replaces it."""


class MappingError(VigieError):
    """A declared mapping cannot be used: unknown name, invalid YAML, unknown field."""


class SourceError(VigieError):
    """A source cannot be read at all (as opposed to records that are rejected one by one)."""


class BusyError(VigieError):
    """Somebody else holds the lock that this work needs."""


class RefreshError(VigieError):
    """A dbt model or seed failed during a refresh."""
