"""Pieces of the composition root: each turns settings into what one stage wants."""
