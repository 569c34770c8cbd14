"""A manager's figures of the month, reviewed and locked by finance."""
