"""Prices that others observed: surveys, their indices, policy targets."""
