"""The stacks that deploy the sample agents, one stage per environment."""
