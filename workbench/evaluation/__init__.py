"""Runs a data set of conversations against an agent, scores the answers, and compares with a stored baseline."""
