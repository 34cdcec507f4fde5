"""The HTTP API of the daemon: what the terminal, the pages and other programs read and do."""
