"""custmatch 0.1.2 by its own command line: handle, site, picture as further fields, labels from the truth."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from bench.identity.frame import table
from bench.identity.population import Population

LABELS = 1000
FIELDS = ("handle", "any_handle", "site", "avatar", "customer_number", "order_number")


def custmatch(made: Population) -> tuple[np.ndarray, float]:
    """A label for each account; and the seconds of its run, the choice of labels left out."""
    frame = table(made)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        records = pd.DataFrame(
            {
                "id": frame["unique_id"].astype(str),
                "first": frame["first_name"].fillna(""),
                "last": frame["last_name"].fillna(""),
                # Written as addresses and numbers, which it wants to recognise.
                "email": ["u" + v + "@mail.example" if v else "" for v in frame["email"].fillna("")],
                "phone": [str(int(v, 16) % 10**9 + 2 * 10**9) if v else "" for v in frame["phone"].fillna("")],
                "town": frame["town"].fillna(""),
                **{field: frame[field].fillna("") for field in FIELDS},
            }
        )
        records.to_csv(here / "records.csv", index=False)
        columns = {
            "record_id": "id",
            "first_name": "first",
            "last_name": "last",
            "email": "email",
            "phone": "phone",
        }
        config = {
            "sources": [
                {"name": "a", "path": "records.csv", "columns": columns | {f: f for f in (*FIELDS, "town")}}
            ],
            "extra_fields": [{"name": field, "compare": "exact"} for field in (*FIELDS, "town")],
            "trusted_ids": ["customer_number"],
            "min_precision": 0.995,
            "extra_blocking": [["any_handle"], ["site"], ["avatar"], ["customer_number"], ["order_number"]],
        }
        (here / "config.json").write_text(json.dumps(config), encoding="utf-8")
        _command(here, "sample", "config.json", "--n", str(LABELS // 2), "--out", "labels.csv")
        _fill(here / "labels.csv", made.person)
        _command(
            here, "sample", "config.json", "--active", "labels.csv", "--n", str(LABELS // 2), "--out", "more.csv"
        )
        _fill(here / "more.csv", made.person)
        both = pd.concat([pd.read_csv(here / f, dtype=str) for f in ("labels.csv", "more.csv")])
        both.drop_duplicates(["a", "b"]).to_csv(here / "all.csv", index=False)
        began = time.perf_counter()
        _command(here, "run", "config.json", "--labels", "all.csv", "--out", "results")
        seconds = time.perf_counter() - began
        found = pd.read_csv(here / "results/clusters.csv", dtype=str)
        column = "customer_id" if "customer_id" in found else found.columns[2]
        found = found.set_index(found["record_id"].astype(int)).sort_index()
        return np.unique(found[column].to_numpy().astype(str), return_inverse=True)[1], seconds


def _command(here: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "custmatch", *words], cwd=here, check=True, stdout=subprocess.DEVNULL
    )


def _fill(path: Path, person: np.ndarray) -> None:
    """A person who knows the truth answers."""
    pairs = pd.read_csv(path, dtype=str)
    a, b = (pairs[c].str.rpartition(":")[2].astype(int).to_numpy() for c in ("a", "b"))
    pairs["label"] = (person[a] == person[b]).astype(int).astype(str)
    pairs.to_csv(path, index=False)
