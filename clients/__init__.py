"""Whose client from when, the CRM import, the month's figures. Rooms: figures → imports → products → registry."""
