"""The chat front end: people sign in and talk to agents on AgentCore Runtime, each under their own token.

It runs in a container of its own and imports nothing of the library it ships with.
"""
