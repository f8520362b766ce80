"""The models behind the analysers: a fast student, an encoder with heads, and the cascade of both."""
