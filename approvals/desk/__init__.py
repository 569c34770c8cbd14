"""审批中心: what a person sees of the requests and does with them."""
