"""A run as a process of its own: `python -m tests.helpers.asking URL TIMES DELAY` asks an address politely."""

from __future__ import annotations

import sys

from flows.sources.http import PoliteClient, RequestPolicy
from flows.warehouse.hosts import WarehouseHosts
from tests.helpers.polite import LOOPBACK


def ask(url: str, times: int, delay: float) -> None:
    manners = RequestPolicy(delay=delay, allowed_private=LOOPBACK, granted_private=LOOPBACK)
    with WarehouseHosts() as hosts, PoliteClient(manners, hosts=hosts) as client:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(times):
            client.get(url)


if __name__ == "__main__":
    ask(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
