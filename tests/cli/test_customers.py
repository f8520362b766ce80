"""`vigie customer …` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import Run, run

__all__ = ["run"]
HEAD = "id,account,channel,posted_at,body,display_name,verified_email\n"


def test_two_accounts_are_found_explained_put_together_and_taken_apart(run: Run, tmp_path: Path) -> None:
    when = "forum,2026-11-01T10:00:00Z,hello"
    rows = {"board": f"1,ann,{when},Ann Roy,ann@home.example\n3,a1,{when},Ann Roy,ann@home.example\n"}
    rows["post"] = f"2,zed,{when},Q,\n"
    for site, text in rows.items():
        file = tmp_path / f"{site}.csv"
        file.write_text(HEAD + text)
        run("import", file, "--mapping", "messages", "--source", site)
    run("refresh")

    (found,) = json.loads(run("customer", "find", "ann@home.example", "--json").stdout)
    customer = found["customer_id"]
    shown = run("customer", "show", "board:ann").stdout
    assert customer in shown
    assert "verified_email" in shown
    assert "one customer" in run("customer", "explain", "board:ann", "board:a1").stdout
    assert "two customers" in run("customer", "explain", "board:ann", "post:zed").stdout

    assert "1 decisions kept" in run("customer", "merge", "post:zed", customer, "--reason", "she said so").stderr
    assert "moves at the next refresh" in run("customer", "show", "post:zed").stdout
    run("refresh")
    told = json.loads(run("customer", "export", "post:zed").stdout)
    assert told["customer"]["accounts"] == 3
    (decision,) = told["decisions"]
    run("customer", "undo", str(decision["decision_id"]))
    run("customer", "undo", str(decision["decision_id"]), code=3)
    run("customer", "split", "board:a1", "--reason", "her mother's")
    run("refresh")
    assert json.loads(run("customer", "show", "board:ann", "--json").stdout)["customer"]["accounts"] == 1
    assert "no account" in run("customer", "show", "board:nobody", code=1).stderr
