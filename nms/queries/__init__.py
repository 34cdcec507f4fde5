"""Every read that a view makes, and nothing else: the terminal, the API, the pages and the reports ask here."""
