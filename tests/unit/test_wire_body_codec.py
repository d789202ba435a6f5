"""Requests in, replies as JSON out, by the protocol catalogue."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS
from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS
from core.wire.body_codec import decode_request, json_push_body, transcode_reply


def refusal(proto_id: int, body_format: int, body: bytes) -> str:
    with pytest.raises(UserFacingError) as caught:
        decode_request(proto_id, body_format, body)
    assert caught.value.code in MESSAGE_TEXTS
    return str(caught.value)


def sub_request() -> openapi.Qot_Sub.Request:
    request = openapi.Qot_Sub.Request()
    request.c2s.isSubOrUnSub = True
    request.c2s.subTypeList.extend([1, 6])
    security = request.c2s.securityList.add()
    security.market, security.code = 1, "00700"
    return request


def test_both_formats_give_the_same_message() -> None:
    request = sub_request()
    text = b'{"c2s":{"isSubOrUnSub":true,"subTypeList":[1,6],"securityList":[{"market":1,"code":"00700"}]}}'
    assert decode_request(3001, 0, request.SerializeToString()) == request
    assert decode_request(3001, 1, text) == request


@pytest.mark.parametrize("proto_id", [0, 1009, 4242, 2**32 - 1, 1003, 3005, 2208])
def test_ids_that_nobody_can_request(proto_id: int) -> None:
    assert refusal(proto_id, 0, b"") == f"unknown_protocol(proto_id={proto_id})"


@pytest.mark.parametrize("row", PROTOCOLS.values(), ids=lambda row: row.name)
def test_every_request_of_the_catalogue_is_decoded_or_misses_a_field(row: object) -> None:
    request_type = row.request_class()  # type: ignore[attr-defined]
    if request_type is None:
        return
    try:
        assert isinstance(decode_request(row.proto_id, 0, b""), request_type)  # type: ignore[attr-defined]
    except UserFacingError as error:
        assert error.code == "missing_field"  # noqa: PT017 - either way is right


def test_missing_fields_are_named_with_their_path() -> None:
    assert refusal(3001, 0, b"") == "missing_field(field=c2s)"
    assert refusal(3001, 1, b"{}") == "missing_field(field=c2s)"
    assert refusal(3001, 0, bytes.fromhex("0a00")) == "missing_field(field=c2s.isSubOrUnSub)"
    request = sub_request()
    request.c2s.securityList[0].ClearField("code")
    body = request.SerializePartialToString()
    assert refusal(3001, 0, body) == "missing_field(field=c2s.securityList[0].code)"
    assert refusal(3001, 1, b'{"c2s":{"isSubOrUnSub":true,"securityList":[{"market":1}]}}') == (
        "missing_field(field=c2s.securityList[0].code)"
    )


def test_bad_bodies() -> None:
    assert refusal(3001, 0, b"\xff\xff\xff") == "bad_body(reason=it is not a protobuf message)"
    assert refusal(3001, 1, b"\xff\xff\xff") == "bad_body(reason=it is not JSON)"
    assert refusal(3001, 2, b"{}") == "bad_body(reason=the body format is neither protobuf nor JSON)"


@pytest.mark.parametrize("proto_id", [1001, 3001, 2201])
def test_texts_that_are_not_utf8_never_reach_a_desk(proto_id: int) -> None:
    bodies = {
        1001: openapi.InitConnect.Request(c2s={"clientVer": 1, "clientID": "XXXX"}),
        3001: openapi.Qot_Sub.Request(c2s={"isSubOrUnSub": True, "securityList": [{"market": 1, "code": "XXXX"}]}),
        2201: openapi.Trd_GetOrderList.Request(
            c2s={"header": {"trdEnv": 0, "accID": 1, "trdMarket": 1}, "filterConditions": {"codeList": ["XXXX"]}}
        ),
    }
    body = bodies[proto_id].SerializeToString()
    field = {1001: "clientID", 3001: "code", 2201: "codeList"}[proto_id]
    utf8 = body.replace(b"XXXX", "腾!".encode())
    assert decode_request(proto_id, 0, utf8).SerializeToString() == utf8
    gbk = body.replace(b"XXXX", "腾讯".encode("gbk"))
    assert refusal(proto_id, 0, gbk) == f"bad_body(reason=the text of {field} is not UTF-8)"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([1001, 1004, 2202, 3001, 3103, 3801]), st.integers(0, 3), st.binary(max_size=60))
def test_garbage_is_decoded_or_refused(proto_id: int, body_format: int, body: bytes) -> None:
    try:
        assert decode_request(proto_id, body_format, body).IsInitialized()
    except UserFacingError as error:
        assert error.code in ("bad_body", "missing_field")  # noqa: PT017 - either way is right


def test_replies_as_json() -> None:
    reply = openapi.KeepAlive.Response(retType=0, s2c={"time": 5})
    assert json.loads(transcode_reply(1004, reply.SerializeToString())) == {"retType": 0, "s2c": {"time": "5"}}


@pytest.mark.parametrize("proto_id", [1009, 4242])
def test_an_unknown_id_gets_the_envelope(proto_id: int) -> None:
    error = openapi.KeepAlive.Response(retType=-1, retMsg="未知", errCode=3, s2c={"time": 1})
    assert json.loads(transcode_reply(proto_id, error.SerializeToString())) == {
        "retType": -1,
        "retMsg": "未知",
        "errCode": 3,
    }


def test_pushes_as_json() -> None:
    push = openapi.Qot_UpdateOrderBook.Response(retType=0)
    push.s2c.security.market, push.s2c.security.code = 1, "00700"
    assert json.loads(json_push_body(3013, push.SerializeToString())) == {
        "retType": 0,
        "s2c": {"security": {"market": 1, "code": "00700"}},
    }
