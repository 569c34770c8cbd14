"""Dated settings: value, unit, from when, on what authority; proposed by one person, confirmed by another."""
