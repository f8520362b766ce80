"""Who reads: signed in or not, in which role, and what that role opens and shows: declared here, once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import streamlit as st

from app.shared.language import N_
from flows.errors import VigieError
from flows.settings import RoleName, settings

Room = Literal["today", "answer", "customers", "review", "sources"]
ROOMS: tuple[Room, ...] = get_args(Room)
# Where a page's address is not its folder's name.
ADDRESSES: Mapping[str, str] = {"sources": "data"}
FORMER = "conversations"  # links that people kept from before lead on
_CLAIMS: ContextVar[Mapping[str, Any] | None] = ContextVar("claims", default=None)
NO_ROLE = N_("your sign-in has ended, or it may not do this")


@dataclass(frozen=True, slots=True)
class Role:
    """The pages that a role opens, and whether it sees who people are: names, handles, addresses."""

    rooms: tuple[Room, ...]
    sees_persons: bool


ROLES: Mapping[RoleName, Role] = {
    "manager": Role(ROOMS, sees_persons=True),
    "agent": Role(("today", "answer", "customers"), sees_persons=True),
    "analyst": Role(("today", "answer", "customers", "sources"), sees_persons=False),
    "data engineer": Role(("sources",), sees_persons=False),
    "privacy officer": Role(("customers", "review", "sources"), sees_persons=True),
}
ROLE_NAMES: Mapping[RoleName, str] = {
    "manager": N_("manager"),
    "agent": N_("agent"),
    "analyst": N_("analyst"),
    "data engineer": N_("data engineer"),
    "privacy officer": N_("privacy officer"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may read; `subject` is the provider's own id, None where nobody was asked who they are."""

    name: str = ""
    subject: str | None = None
    roles: tuple[RoleName, ...] = ()
    rooms: tuple[Room, ...] = field(default=ROOMS)
    sees_persons: bool = True


def is_asked() -> bool:
    """Whether people sign in."""
    return settings().sign_in_metadata is not None


def claims() -> Mapping[str, Any]:
    """What the sign-in says of who reads in this session."""
    found = _CLAIMS.get()
    return st.user.to_dict() if found is None else found


@contextmanager
def reading_as(given: Mapping[str, Any]) -> Iterator[None]:
    """Read for the person whom a session's claims speak of, in a thread that has no session."""
    token = _CLAIMS.set(given)
    try:
        yield
    finally:
        _CLAIMS.reset(token)


def reader() -> Reader | None:
    """Who reads in this session, None where they have yet to sign in."""
    return of_claims(claims(), time.time()) if is_asked() else Reader()


def of_claims(claims: Mapping[str, Any], now: float) -> Reader | None:
    """Who an ID token's claims speak of at a moment (seconds since 1970); None where they let nobody in."""
    config = settings()
    subject, since = claims.get("sub"), claims.get("iat")
    name = claims.get(config.sign_in_name_claim)
    if claims.get("is_logged_in") is not True or not subject or not name:
        return None
    # Who may write any address into their profile is not the one whom it belongs to.
    if config.sign_in_name_claim == "email" and claims.get("email_verified") is False:
        return None
    if not isinstance(since, int | float) or now - since > config.sign_in_hours * 3600:
        return None
    roles = _roles(claims.get(config.sign_in_role_claim), config.sign_in_roles)
    given = [ROLES[role] for role in roles]
    return Reader(
        str(name).replace("\0", ""),
        str(subject),
        roles,
        tuple(room for room in ROOMS if any(room in role.rooms for role in given)),
        any(role.sees_persons for role in given),
    )


def _roles(value: object, by_value: Mapping[str, RoleName]) -> tuple[RoleName, ...]:
    values = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else ()
    found = {by_value[each] for each in values if isinstance(each, str) and each in by_value}
    return tuple(role for role in ROLES if role in found)


def sees_persons() -> bool:
    """Whether who reads sees who people are; where nobody is known to read, nobody does."""
    found = reader()
    return found is not None and found.sees_persons


def may_open(room: Room) -> bool:
    """Whether who reads may open a page."""
    found = reader()
    return found is not None and room in found.rooms


def require() -> Reader:
    """Who writes, or saves a file. Raises VigieError where nobody is signed in, or no page is theirs."""
    found = reader()
    if found is None or not found.rooms:
        raise VigieError(NO_ROLE)
    return found
