"""Runs the AWS emulator in its own environment, with what it lacks added by hooks: see `host`."""
