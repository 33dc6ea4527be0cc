"""Reviews of what is about to be deployed."""
