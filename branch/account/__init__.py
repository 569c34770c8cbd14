"""登录与验证: one's own password, authenticator, recovery codes and sessions."""
