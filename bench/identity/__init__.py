"""The bench of identity: populations made by a seed, real people, and other tools beside ours."""
