"""The floor: organisation, people and powers, parameters, calendar, serials, files, jobs, audit, notices, workbench."""
