"""Clients, and whose they are from which month: every relation rests on a 《客户经理营销客户确认单》."""
