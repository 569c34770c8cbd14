"""Every no in one shape: `{code, message, items, fields}`. The sentences are those that a page would show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response

from kernel.refusals import Forbidden, Refusal, Unknown, refusal_of
from kernel.seen import Overtaken

INVALID = "提交的内容有误,请按各项说明改正后重新提交"
WORDS: dict[type[exceptions.APIException], tuple[str, str]] = {
    exceptions.NotAuthenticated: ("not_signed_in", "请先登录,或在请求头 Authorization 中带上接口令牌"),
    exceptions.MethodNotAllowed: ("method_not_allowed", "这个地址不接受这种请求方法"),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type",
        "不接受这种内容类型,请使用 application/json 或 multipart/form-data",
    ),
    exceptions.ParseError: ("bad_body", "请求体读不出来,请检查 JSON 或表单的写法"),
}


class ErrorBody(serializers.Serializer[Any]):
    """Why not. `items` are single mistakes as sentences, `fields` the same by field name."""

    code = serializers.CharField(label="代码")
    message = serializers.CharField(label="说明")
    items = serializers.ListField(child=serializers.CharField(), label="明细")
    fields_ = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), label="各项", required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["fields"] = fields.pop("fields_")
        return fields


def body(code: str, message: str, items: list[str] | None = None, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "items": items or [], **({"fields": fields} if fields else {})}


class Invalid(exceptions.APIException):
    """Query parameters or a body that can't be used; `fields`: name → sentences, `labels`: name → Chinese word."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, fields: dict[str, list[str]], labels: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields
        self.items = [
            f"{labels[name]}:{sentence}" if name in labels else sentence for name, found in fields.items() for sentence in found
        ]


def flat(errors: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(field, sentence) of DRF's nested errors; places in lists count from 1."""
    if isinstance(errors, dict):
        for name, below in errors.items():
            here = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from flat(below, here)
    elif isinstance(errors, list) and any(isinstance(one, dict | list) for one in errors):
        for number, below in enumerate(errors, 1):
            yield from flat(below, f"{path}.{number}")
    else:
        for one in errors if isinstance(errors, list) else [errors]:
            yield path, str(one)


def _refused(error: Refusal) -> Response:
    if isinstance(error, Unknown):
        code = "unknown" if error.code == "refused" else error.code
        return Response(body(code, error.sentence, error.items), status=status.HTTP_404_NOT_FOUND)
    number = status.HTTP_403_FORBIDDEN if isinstance(error, Forbidden) else status.HTTP_409_CONFLICT
    sentence = error.for_programs if isinstance(error, Overtaken) else error.sentence
    return Response(body(error.code, sentence, error.items), status=number)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. What is no refusal goes on as a fault: it is logged, and the answer is 500."""
    if (refusal := refusal_of(error)) is not None:
        return _refused(refusal)
    if isinstance(error, Http404):
        return Response(body("unknown", "没有这个地址或这一项"), status=status.HTTP_404_NOT_FOUND)
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if isinstance(error, exceptions.Throttled):
        wait = int(getattr(error, "wait", None) or 1) + 1
        return Response(
            body("too_many", f"请求过于频繁,请 {wait} 秒后再试"), status=error.status_code, headers={"Retry-After": str(wait)}
        )
    if isinstance(error, Invalid):
        return Response(body("invalid", INVALID, error.items, error.fields), status=error.status_code)
    code, message = WORDS.get(type(error), (str(getattr(error.detail, "code", "refused")), str(error.detail)))
    return Response(body(code, message), status=error.status_code, headers=headers)
