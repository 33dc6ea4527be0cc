"""What an agent's role may do, held against what the agent did."""
