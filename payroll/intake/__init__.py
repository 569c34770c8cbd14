"""What a month's pay needs and no lower app delivers: opening balances (once, by two persons) and the monthly inputs."""
