"""What every agent needs and no agent should write again: settings, identity, sessions, memory, errors, telemetry."""
