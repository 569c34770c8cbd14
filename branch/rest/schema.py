"""OpenAPI of the endpoints, read from what they are: their serializers, forms, doors and refusals."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.conf import settings
from django_filters import FilterSet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from branch.people.doors import Door
from branch.people.roles import ROLES
from branch.rest.errors import ErrorBody
from branch.rest.filters import parameters

ERRORS = {
    "400": "查询参数或请求体有误",
    "401": "没有登录,或接口令牌无效",
    "403": "没有这项权限",
    "404": "没有这一项,或不在可见范围内",
    "409": "现在不能这样做,说明里写着怎样改正",
    "415": "不接受的内容类型",
    "429": "请求过于频繁",
}
PAGE = (
    {
        "name": "limit",
        "in": "query",
        "description": "每页条数",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
    },
    {"name": "cursor", "in": "query", "description": "上一页给出的 next", "schema": {"type": "string"}},
)


GROUPS = {  # how the description groups the addresses, by their first part
    "工作台": ("home", "notices", "jobs", "exports", "guideline", "schema"),
    "组织": ("org",),
    "人员与权限": ("people", "me", "delegations", "roles", "roster"),
    "日历与参数": ("calendar", "parameters"),
    "审计": ("audit",),
    "审批": ("approvals",),
    "档案": ("archives",),
    "客户": ("clients", "slips", "products", "sales"),
    "导入与异常": ("imports", "exceptions"),
    "业务数据": ("figures",),
    "核算输入": ("openings", "inputs", "tax-modes"),
    "薪酬方案": ("schemes",),
    "薪酬": ("runs", "close", "pay-slips", "corrections", "outputs", "trial", "tax"),
}


class DoorSchema(AutoSchema):
    """One operation from one Endpoint."""

    @property
    def _endpoint(self) -> Any:
        view: Any = self.view
        return view.endpoints[self.method.lower()]

    def get_operation_id(self) -> str:
        name: str = self._endpoint.handle.__name__
        module = self._endpoint.handle.__module__.split(".")
        return f"{'_'.join(module[:-1])}_{name}"

    def get_tags(self) -> list[str]:
        first = self.path.removeprefix("/api/v1/").split("/")[0]
        return [next((label for label, parts in GROUPS.items() if first in parts), first)]

    def get_summary(self) -> str:
        return str(self._endpoint.summary)

    def get_description(self) -> str:  # type: ignore[override]
        door: Door = self._endpoint.door
        told = (self._endpoint.handle.__doc__ or "").strip()
        if not door.powers:
            return told
        words = "、".join(power.label for power in door.powers)
        roles = "、".join(role.label for role in ROLES.values() if role.powers & set(door.powers))
        return f"{told}\n\n需要权限:{words}(任一)。持有的角色:{roles}。"

    def _get_parameters(self) -> list[dict[str, Any]]:
        """The address's own words, the query's, and those of a list."""
        asked: list[dict[str, Any]] = self._resolve_path_parameters(self._coerced())
        one = self._endpoint
        if one.query is not None:
            form = one.query().form if issubclass(one.query, FilterSet) else one.query()
            asked += parameters(form)
        return asked + (list(PAGE) if one.many else [])

    def _coerced(self) -> list[str]:
        return [found.split(":")[-1] for found in re.findall(r"{([^}]+)}", self.path)]

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def get_request_serializer(self) -> Any:
        return self._endpoint.takes

    def map_parsers(self) -> list[str]:
        takes = self._endpoint.takes
        files = takes is not None and any(_is_file(one) for one in takes().fields.values())
        return ["multipart/form-data"] if files else ["application/json"]

    def get_response_serializers(self) -> Any:
        one = self._endpoint
        told: dict[Any, Any] = {code: OpenApiResponse(ErrorBody, words) for code, words in ERRORS.items()}
        if one.later is not None:
            told["202"] = OpenApiResponse(one.later, "交给后台任务;Location 是任务的地址")
        if one.answers is None:
            return told | {"204": OpenApiResponse(description="已完成")}
        if isinstance(one.answers, str | tuple):
            kinds = (one.answers,) if isinstance(one.answers, str) else one.answers
            return told | {("200", *kinds): OpenApiResponse(OpenApiTypes.BINARY, "文件")}
        return told | {str(one.status): page_of(one.answers) if one.many else one.answers}


def _is_file(found: Any) -> bool:
    return isinstance(found, serializers.FileField) or isinstance(getattr(found, "child", None), serializers.FileField)


@cache
def page_of(answers: type[serializers.Serializer[Any]]) -> Any:
    """A list's envelope: `items`, and `next` for the page after (null on the last)."""
    name = answers.__name__.removesuffix("Out")
    return inline_serializer(
        f"{name}Page", {"items": answers(many=True), "next": serializers.CharField(allow_null=True, label="下一页的 cursor")}
    )


class TokenScheme(OpenApiAuthenticationExtension):
    """How the document tells of tokens."""

    target_class = "branch.rest.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token 加空格加接口令牌"}


class SessionScheme(OpenApiAuthenticationExtension):
    """How the document tells of the browser's session."""

    target_class = "branch.rest.authentication.PersonSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
