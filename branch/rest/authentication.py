"""Who is asking: the browser's session (with CSRF), or a token of one's own."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from branch.people import second_factor, tokens
from branch.people.models import ApiToken


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. The same words for an unknown, an ended and a foreign token."""

    keyword = b"token"

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword:
            return None
        token = tokens.token_of(parts[1].decode("latin-1")) if len(parts) == 2 else None
        if token is None:
            raise AuthenticationFailed(
                "接口令牌无效、已过期或已终止,请在「工作台 › 我的资料」的“接口令牌”里重新生成", code="bad_token"
            )
        if second_factor.required(token.person) and not token.second_factor:
            raise PermissionDenied("您的角色须用动态验证码登录:请启用后重新登录,再生成接口令牌", code="second_factor")
        request._request.person = token.person  # type: ignore[attr-defined]
        return token.person.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Token realm="api"'


class PersonSession(SessionAuthentication):
    """The page's own session; a write needs the CSRF token. A log-in without a person is nobody."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if getattr(request._request, "person", None) is None:
            return None
        return super().authenticate(request)

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise PermissionDenied("用浏览器会话提交时须带上 CSRF 令牌(请求头 X-CSRFToken),或改用接口令牌", code="csrf") from None
