"""A month's pay: frozen inputs, slips, signatures, the report, the payslips."""
