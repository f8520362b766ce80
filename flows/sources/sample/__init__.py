"""A seeded generator of a made-up bank's customers, with its ground truth: the demo and the benchmarks' load."""
