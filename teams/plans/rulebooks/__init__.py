"""The rule documents a team works under (art. 2): 管理实施细则 and 薪酬标准实施细则, approved before they are used."""
