"""Benchmarks: one command prints the tables of docs/benchmarks.md, as ratios against a bound in the same run."""
