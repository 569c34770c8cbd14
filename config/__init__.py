"""Joins the apps: settings, addresses, the task queue. Nobody imports this package."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
