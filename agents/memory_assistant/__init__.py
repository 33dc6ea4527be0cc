"""An assistant that calculates and remembers: the conversation in a session, facts and preferences across sessions."""
