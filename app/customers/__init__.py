"""Who is who, and everything they said."""
