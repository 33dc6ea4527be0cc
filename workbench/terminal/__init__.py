"""What the command line shows: progress, tables and transcripts."""
