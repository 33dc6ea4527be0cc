"""A scripted stand-in for a language model, behind an OpenAI-style endpoint."""
