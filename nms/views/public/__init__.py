"""What everybody may read: the status page, open data, and the form for faults."""
