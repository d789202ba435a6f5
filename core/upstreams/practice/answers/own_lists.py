"""Answers about the user's own lists: security groups."""

from __future__ import annotations

from typing import Any

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.upstreams.practice.answers import reference
from core.upstreams.practice.answers.request_checks import MAXIMUM_SECURITIES, checked_number, securities_of
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.watch_lists import SYSTEM_GROUPS, WatchLists

_CUSTOM, _SYSTEM, _ALL = 1, 2, 3
_ADD, _DELETE, _MOVE_OUT = 1, 2, 3


def user_securities(exchange: Exchange, lists: WatchLists, request: Any) -> bytes:
    """Answer GetUserSecurity (3213): static rows of a group's members."""
    response = openapi.Qot_GetUserSecurity.Response(retType=0)
    response.s2c.SetInParent()
    members = lists.members(request.c2s.groupName)
    for begin in range(0, len(members), MAXIMUM_SECURITIES):
        ask = openapi.Qot_GetStaticInfo.Request()
        for security in members[begin : begin + MAXIMUM_SECURITIES]:
            ask.c2s.securityList.add(market=security.market, code=security.code)
        rows = openapi.Qot_GetStaticInfo.Response.FromString(reference.static_info(exchange, ask)).s2c.staticInfoList
        response.s2c.staticInfoList.extend(rows)
    return response.SerializeToString()


def modify_user_securities(exchange: Exchange, lists: WatchLists, request: Any) -> bytes:
    """Answer ModifyUserSecurity (3214)."""
    c2s = request.c2s
    operation = checked_number("op", c2s.op, (_ADD, _DELETE, _MOVE_OUT))
    securities = securities_of(c2s.securityList)
    if operation == _ADD:
        for security in securities:
            exchange.info(security)
        lists.add(c2s.groupName, securities)
    elif operation == _DELETE:
        lists.delete(c2s.groupName, securities)
    else:
        lists.move_out(c2s.groupName, securities)
    response = openapi.Qot_ModifyUserSecurity.Response(retType=0)
    response.s2c.SetInParent()
    return response.SerializeToString()


def user_groups(lists: WatchLists, request: Any, *, chinese: bool) -> bytes:
    """Answer GetUserSecurityGroup (3222)."""
    wanted = request.c2s.groupType
    if wanted not in (_CUSTOM, _SYSTEM, _ALL):
        raise UserFacingError("bad_field", field="groupType", value=wanted)
    response = openapi.Qot_GetUserSecurityGroup.Response(retType=0)
    response.s2c.SetInParent()
    if wanted in (_SYSTEM, _ALL):
        for group in SYSTEM_GROUPS:
            response.s2c.groupList.add(groupName=group.name_zh if chinese else group.name_en, groupType=_SYSTEM)
    if wanted in (_CUSTOM, _ALL):
        for name in lists.custom_names:
            response.s2c.groupList.add(groupName=name, groupType=_CUSTOM)
    return response.SerializeToString()
