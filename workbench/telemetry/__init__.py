"""What agents and the local cloud's services tell of themselves: metrics and traces, kept and shown."""
