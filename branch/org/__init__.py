"""The organisation: company, head-office departments, branches, teams, groups, outlets; all dated."""
