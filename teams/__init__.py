"""The folder that groups the chapters of a team's own work; nothing else is in it."""
