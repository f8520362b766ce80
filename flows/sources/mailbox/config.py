"""What a `mailbox` source is told: its form in the Prefect UI."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from flows.sources.base import SourceConfig
from flows.sources.credentials import SecretName
from flows.sources.rechecks import RecheckConfig

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^(\*|[^\s@*]+)?@?[^\s@*]+$", max_length=300),
]


class ImapServer(BaseModel):
    """An account on an IMAP server. It is opened for reading only: nothing is marked as read or moved."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        min_length=1,
        max_length=253,
        pattern=r"^[^\s/@]+$",
        description="Name of the server.",
        examples=["imap.example.org"],
    )
    port: int = Field(993, ge=1, le=65535, description="Port: 993 for tls, 143 for starttls.")
    security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="How the connection is kept private; none is for this machine only."
    )
    ca_file: str | None = Field(
        None, description="File of certificates (PEM) to trust, where the server's is signed by your own authority."
    )
    user: str = Field(
        min_length=1, max_length=300, description="Name to log in with.", examples=["support@example.org"]
    )
    password: SecretName = Field(
        description="Where the password is: an environment variable (NAME_LIKE_THIS) that VIGIE_SECRETS lists for "
        "this host, or a Prefect Secret block (name-like-this).",
        examples=["SUPPORT_MAIL_PASSWORD", "support-mail"],
    )
    folders: list[Line] = Field(
        default_factory=lambda: ["INBOX", "\\Sent"],
        min_length=1,
        max_length=100,
        description="Folders by name, or by use as \\Sent, \\Archive, \\All. With the sent mails answers are seen.",
        examples=[["INBOX", "\\Sent"]],
    )

    @property
    def address(self) -> str:
        """Where it is, as an address."""
        return f"imaps://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class MailboxConfig(SourceConfig, RecheckConfig):
    """Mails: of an account on an IMAP server, or in files."""

    type: Literal["mailbox"] = "mailbox"
    imap: ImapServer | None = Field(None, description="The server to read; or else a path.")
    path: str | None = Field(
        None,
        min_length=1,
        description="An mbox file, a Maildir, an .eml file, or a folder of these.",
        examples=["exports/support.mbox"],
    )
    own: list[Address] = Field(
        default_factory=list,
        max_length=1000,
        description="The company's own addresses or domains: what they write are the company's answers.",
        examples=[["example.org", "support@example.com"]],
    )
    automatic: list[Address] = Field(
        default_factory=list,
        max_length=1000,
        description="Addresses behind which nobody sits; what they write is nobody's answer.",
        examples=[["noreply@example.org"]],
    )
    forms: list[Address] = Field(
        default_factory=list,
        max_length=1000,
        description="Addresses from which a web form or shop writes for a customer: the author is the Reply-To.",
        examples=[["form@example.org"]],
    )
    trust_own_marks: bool = Field(
        True,
        description="Own mails marked as automatic are automatic. Turn off where a help desk marks all it sends.",
    )
    receiver: str | None = Field(
        None,
        min_length=1,
        max_length=253,
        description="Name of your receiving mail server, as its Authentication-Results headers begin: a sender "
        "that it vouches for (dmarc=pass) is verified. Empty: no address is.",
        examples=["mx.example.org"],
    )
    channel: str = Field("mail", min_length=1, max_length=50, description="What kind of place this is.")
    list_channel: str = Field(
        "mailing_list", min_length=1, max_length=50, description="Channel of what came through a mailing list."
    )
    page_size: int = Field(500, ge=1, le=10_000, description="Mails a page: each page is one transaction.")
    max_mail_megabytes: float = Field(
        10, gt=0, le=100, description="Megabytes read of one mail; what comes after is attachments, nearly always."
    )
    max_megabytes: int = Field(
        1000, ge=5, le=100_000, description="Megabytes a run may fetch; the next run goes on from there."
    )
    max_minutes: float = Field(30, gt=0, le=1440, description="Minutes a run may take.")
    allowed_private: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Hosts or networks of your own that may be read from, though they are private: those "
        "that VIGIE_ALLOWED_PRIVATE lists, too.",
        examples=[["imap.intranet.example.org", "10.1.0.0/16"]],
    )
    again: bool = Field(False, description="Read everything again; nothing doubles.")
    expunged: Literal["kept", "gone"] = Field(
        "kept",
        description="A mail that is no longer in its folder was said all the same: kept. "
        "gone: it vanishes from the marts, too (IMAP only).",
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.imap is None) == (self.path is None):
            raise ValueError("give imap or path, one of them")
        if self.max_mail_megabytes * 2 > self.max_megabytes:
            raise ValueError("max_megabytes must be twice max_mail_megabytes at least")
        return self
