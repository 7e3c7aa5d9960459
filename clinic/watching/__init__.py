"""What an operator sees of the running clinic: health, metrics, errors. Never a name and never a link."""
