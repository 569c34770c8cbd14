"""A team's expenses, added and voided but never edited, against its budget and its income (“压费用”)."""
