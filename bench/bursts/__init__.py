"""How soon bursts are seen, how many are missed, and how often one is told where there is none."""
