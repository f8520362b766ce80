"""A seeded generator of a made-up bank's customers, with its ground truth: the demo and the benchmarks' load."""

from flows.sources.sample.source import Sample, SampleConfig
from flows.sources.sample.truth import truth, write_truth

__all__ = ["Sample", "SampleConfig", "truth", "write_truth"]
