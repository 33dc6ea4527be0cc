"""Tools that run apart from the agent: code in an AgentCore code interpreter, web pages in an AgentCore browser.

Imported only if the agent has one of the two.
"""
