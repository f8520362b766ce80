"""One file a source, all of the same shape: a config model and `pages(...)`, which never touches Postgres."""
