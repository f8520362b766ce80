"""What stands in a mail in place of a text and cannot be read here: told with its reason, never an empty text.

Somebody wrote, and waits all the same: such a mail is a message like others, without a body.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

# Sealed for a key that is not ours; signed in a form that mail programs open; Outlook's own form (winmail.dat); an
# invitation alone; bytes that give no text; files alone, a forwarded mail among them; pictures alone.
Missing: TypeAlias = Literal["encrypted", "smime", "tnef", "calendar", "damaged", "attachments", "pictures"]

KINDS: dict[str, Missing] = {
    "multipart/encrypted": "encrypted", "application/pgp-encrypted": "encrypted",
    "application/x-microsoft-rpmsg-message": "encrypted", "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime", "application/ms-tnef": "tnef", "application/vnd.ms-tnef": "tnef",
    "text/calendar": "calendar", "text/x-vcalendar": "calendar", "application/ics": "calendar",
}  # fmt: skip
ENDINGS: dict[str, Missing] = {
    ".p7m": "smime", "winmail.dat": "tnef", "win.dat": "tnef", ".ics": "calendar", ".vcs": "calendar",
    ".pgp": "encrypted", ".gpg": "encrypted", ".rpmsg": "encrypted",
}  # fmt: skip
BEGINS, ENDS = "-----BEGIN PGP {}-----", "-----END PGP {}-----"
HEADS = re.compile(r"\A(?:[\w-]+: .*\n)*\n")
UNSEEN = " \t\r\n\xa0\u034f\u180e\u200b\u200c\u200d\u2060\ufeff"  # letters that show nothing


def sealed(kind: str, name: str, smime: str) -> Missing | None:
    """Why a part cannot be read, by its type, its file's name and what S/MIME says it is; None for other parts."""
    found = KINDS.get(kind) or next((why for end, why in ENDINGS.items() if name.lower().endswith(end)), None)
    return "encrypted" if found == "smime" and "enveloped" in smime else found


def is_blank(text: str) -> bool:
    """A reader would see nothing."""
    return not text.strip(UNSEEN).strip()


def is_armoured(text: str) -> bool:
    """The text is a message that PGP encrypted, and nothing else."""
    said = text.strip(UNSEEN)
    return said.startswith(BEGINS.format("MESSAGE")) and said.endswith(ENDS.format("MESSAGE"))


def clear_text(text: str) -> str:
    """A text without the frame in which PGP signs it."""
    before, begins, rest = text.partition(BEGINS.format("SIGNED MESSAGE") + "\n")
    said, signs, rest = rest.partition(BEGINS.format("SIGNATURE"))
    _, ends, after = rest.partition(ENDS.format("SIGNATURE"))
    if not (begins and signs and ends):
        return text
    return before + re.sub(r"(?m)^- (?=-)", "", HEADS.sub("", said)) + after
