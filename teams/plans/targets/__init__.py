"""What is to be reached, broken down from the branch to each person; how far everybody is by the CRM's figures."""
