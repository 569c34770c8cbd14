"""The organisation as pages: company, departments, branches, teams, groups, outlets, and who led what when."""
