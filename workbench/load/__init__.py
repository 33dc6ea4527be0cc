"""Load test of a deployed agent, which also checks that nobody gets to see what somebody else said."""
