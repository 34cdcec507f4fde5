"""Configurations of equipment: their texts in a Git repository, what is known about each in the records."""
