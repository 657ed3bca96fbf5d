"""Live prices: the adapter protocol, and the one module that uses the network."""
