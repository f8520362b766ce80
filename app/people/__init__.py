"""What several pages show of who is who: accounts, the evidence between them, and what people decided of it."""
