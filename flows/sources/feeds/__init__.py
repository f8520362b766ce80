"""Feeds as a source: RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed, from blogs, press and review sites."""
