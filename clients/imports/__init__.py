"""The CRM's month-end files: pre-check, confirm, exceptions. All rows or none."""
