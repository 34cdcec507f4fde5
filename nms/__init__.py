"""A network and data-centre monitor for a city hall."""

__version__ = "0.1.0"
