"""The API's own description."""

from __future__ import annotations

import json
from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from branch.rest.endpoints import get
from branch.rest.requests import ApiRequest

OPENAPI = "application/vnd.oai.openapi+json"


@cache
def document() -> bytes:
    """The OpenAPI document: the same for everybody, made once."""
    found = SchemaGenerator().get_schema(request=None, public=True)
    return bytes(OpenApiJsonRenderer().render(json.loads(json.dumps(found)), renderer_context={}))


@get(OPENAPI)
def schema(request: ApiRequest) -> HttpResponse:
    """接口说明(OpenAPI 3)"""
    return HttpResponse(document(), content_type=OPENAPI)
