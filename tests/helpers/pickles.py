"""A stored result that acts when it is read: what somebody would leave for a run to find."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.proof),)


def stored_bomb(file: Path, proof: Path) -> dict[str, Any]:
    """Store a result that makes `proof`; returns what a state says of it."""
    from prefect.results import ResultRecord, ResultRecordMetadata

    metadata = ResultRecordMetadata(storage_key=str(file))
    file.write_bytes(ResultRecord[Any](result=Bomb(proof), metadata=metadata).serialize())
    return metadata.model_dump(mode="json")
