"""审批申请: a request on its way along a route, signed seat by seat."""
