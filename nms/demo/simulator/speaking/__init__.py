"""Servers of the simulated city hall that speak a protocol of their own kind, one module each.

Each is the least that its protocol asks of a server, over the same conditions as the agents: what a fault does to a
device is seen in all the ways that it is asked.
"""
