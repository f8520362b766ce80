"""The commands of `vigie`, a module a room; flows/cli.py runs them."""
