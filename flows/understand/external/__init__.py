"""Analysers of a company's own choice: a local ONNX model, an endpoint that speaks OpenAI's chat completions."""
