"""Scenes of the matrix of filled forms, a module a room: importing the package signs them all in."""

from tests.house.scenes import approvals, branch, clients, pay, teams
from tests.house.scenes.setting import SCENES, set_up

__all__ = ["SCENES", "approvals", "branch", "clients", "pay", "set_up", "teams"]
