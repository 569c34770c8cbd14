"""An endpoint is a function with a door, as a page's view is: `@get(Out, many=True, door=Door((Power.X,)))`; `at(…)` joins the
functions of one address. The function makes one domain call and returns rows; authentication, door, query, body, pages and
errors are here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django_filters import FilterSet
from rest_framework import serializers, status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from branch.once.http import answer_once
from branch.people.doors import Door
from branch.people.roles import Power
from branch.rest import paging
from branch.rest.authentication import PersonSession, TokenAuthentication
from branch.rest.errors import Invalid, flat
from branch.rest.filters import cleaned, filtered, require_known
from branch.rest.requests import ApiRequest
from branch.rest.schema import DoorSchema
from branch.rest.throttles import AddressRate, PersonRate
from kernel.refusals import Forbidden, Unknown

Handler = Callable[..., Any]
Query = type[forms.Form] | type[FilterSet]
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Endpoint:
    """What one method of an address does. `answers`: a serializer, None (204) or media types (a file). `later`: what it answers

    with 202 where it leaves the work to a job (the function then returns a `Later`). `once=False`: asked anew at every sending,
    whatever its `Idempotency-Key`, because the answer is a secret that is neither kept nor told again unseen.
    """

    method: str
    handle: Handler
    door: Door
    answers: Any = None
    takes: type[serializers.BaseSerializer[Any]] | None = None
    many: bool = False
    query: Query | None = None
    order: tuple[str, ...] = ("-id",)
    shape: Callable[[list[Any]], list[Any]] = list
    status: int = status.HTTP_200_OK
    later: type[serializers.BaseSerializer[Any]] | None = None
    once: bool = True

    @property
    def asks(self) -> list[str]:
        """The names its query may have: those of its form or filter set, and a list's own."""
        query: Any = self.query
        known = [] if query is None else query.base_filters if issubclass(query, FilterSet) else query.base_fields
        return [*known, *(paging.NAMES if self.many else ())]

    @property
    def summary(self) -> str:
        return (self.handle.__doc__ or "").strip().split("\n")[0].rstrip(".。")


@dataclass(frozen=True)
class Later:
    """The work goes on elsewhere: the row that tells how far it is, and its address."""

    row: Any
    address: str


def endpoint(method: str, **options: Any) -> Callable[[Handler], Endpoint]:
    def wrap(handle: Handler) -> Endpoint:
        return Endpoint(method, handle, **options)

    return wrap


def get(answers: Any, *powers: Power, when: Any = None, **options: Any) -> Callable[[Handler], Endpoint]:
    """A reading endpoint. `powers` and `when` as `@door` of a page takes them."""
    return endpoint("get", answers=answers, door=Door(powers, when=when), **options)


def post(takes: Any, answers: Any, *powers: Power, when: Any = None, **options: Any) -> Callable[[Handler], Endpoint]:
    """A writing endpoint: what it takes, what it answers."""
    return endpoint("post", takes=takes, answers=answers, door=Door(powers, when=when), **options)


class PlainNegotiation(BaseContentNegotiation):
    """JSON whatever is asked for: there is nothing else (files come as they are)."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        sent = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class DoorView(APIView):
    """One address. Each of its methods is an Endpoint with a door of its own."""

    authentication_classes = (TokenAuthentication, PersonSession)
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser, MultiPartParser, FormParser)
    content_negotiation_class = PlainNegotiation
    schema = DoorSchema()
    format_kwarg = None
    endpoints: dict[str, Endpoint] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Address, person, person's rate, door; then the address's own words must be possible ones."""
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self._check_rate(request, AddressRate())
        self.perform_authentication(request)
        person = getattr(request._request, "person", None)
        if person is None:
            raise NotAuthenticated
        request.person = person  # type: ignore[attr-defined]
        self._check_rate(request, PersonRate())
        chosen = self.endpoints.get(str(request.method).lower())
        if chosen is None:
            self.http_method_not_allowed(request)
        elif not chosen.door.admits(person):
            raise Forbidden("您没有这项操作的权限,如需要请联系系统管理员", code="forbidden")
        for value in kwargs.values():
            if (isinstance(value, int) and value > LARGEST_KEY) or "\x00" in str(value):
                raise Unknown("没有这一项")

    def _check_rate(self, request: Request, rate: Any) -> None:
        if not rate.allow_request(request, self):
            self.throttled(request, rate.wait())

    def run(self, request: Any, **kwargs: Any) -> HttpResponseBase:
        """The endpoint's answer; one and the same for every sending under the same `Idempotency-Key`, but for `once=False`."""
        if not self.endpoints[str(request.method).lower()].once:
            return self._finished(request, self._answer(request, **kwargs))
        return answer_once(request._request, request.person.pk, lambda: self._finished(request, self._answer(request, **kwargs)))

    def _finished(self, request: Any, response: HttpResponseBase) -> HttpResponseBase:
        return self.finalize_response(request, response) if isinstance(response, Response) else response

    def _answer(self, request: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = self.endpoints[str(request.method).lower()]
        if chosen.method == "get":
            require_known(request.query_params, chosen.asks)
        if chosen.query is not None and issubclass(chosen.query, forms.Form):
            request.form = chosen.query(request.query_params)
            request.asked = cleaned(request.form)
        # Read when the function asks for it, after it has found its object: what isn't there for somebody answers 404, not 400.
        request.given = SimpleLazyObject(lambda: _body(chosen, request))
        found = chosen.handle(request, **kwargs)
        if isinstance(found, HttpResponseBase):
            return found
        if isinstance(found, Later):
            assert chosen.later is not None
            shown = chosen.later(found.row, context={"request": request}).data
            return Response(shown, status=status.HTTP_202_ACCEPTED, headers={"Location": found.address})
        if chosen.answers is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        if not chosen.many:
            return Response(chosen.answers(found, context={"request": request}).data, status=chosen.status)
        if chosen.query is not None and issubclass(chosen.query, FilterSet):
            found = filtered(chosen.query, request, found)
        page = paging.slice_of(found, request.query_params, chosen.order)
        shown = chosen.answers(chosen.shape(page.rows), many=True, context={"request": request}).data
        return Response({"items": shown, "next": page.next})


def _body(chosen: Endpoint, request: ApiRequest) -> dict[str, Any]:
    data = request.data
    if not isinstance(data, dict):
        raise Invalid({"body": ["请求体应是一个 JSON 对象"]}, {"body": "请求体"})
    assert chosen.takes is not None
    body: Any = chosen.takes(data=data, context={"request": request})
    if not body.is_valid():
        labels = {name: str(one.label or name) for name, one in body.fields.items()}
        found: dict[str, list[str]] = {}
        for name, sentence in flat(body.errors):
            found.setdefault(name, []).append(sentence)
        raise Invalid(found, labels)
    return dict(body.validated_data)


def at(*endpoints: Endpoint) -> Any:
    """The view of an address that these endpoints share. Its `door` is the widest of theirs, for the house's tests."""
    methods = {one.method: one for one in endpoints}
    handlers = {method: (lambda self, request, **kwargs: self.run(request, **kwargs)) for method in methods}
    name = "_".join(one.handle.__name__ for one in endpoints)
    kind: Any = type(name, (DoorView,), {"endpoints": methods, "__doc__": endpoints[0].handle.__doc__, **handlers})
    view = kind.as_view()
    view.door = _widest([one.door for one in endpoints])
    return view


def _widest(doors: Sequence[Door]) -> Door:
    if len(doors) == 1:
        return doors[0]
    if any(not door.powers for door in doors):
        return Door()
    return Door(tuple(dict.fromkeys(power for door in doors for power in door.powers)))
