"""JSON bodies: written for the SDK's reader, which is rebuilt here with its known refusals; read leniently."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from core.api_messages import openapi
from core.api_messages.schema import message_class
from core.wire.json_bodies import JsonFault, read_json, write_json

SINGLE_64 = {Field.TYPE_INT64, Field.TYPE_UINT64}
WHOLE = {Field.TYPE_INT32, Field.TYPE_UINT32, *SINGLE_64}
RANGES = {
    Field.TYPE_INT32: (-(2**31), 2**31 - 1),
    Field.TYPE_UINT32: (0, 2**32 - 1),
    Field.TYPE_INT64: (-(2**63), 2**63 - 1),
    Field.TYPE_UINT64: (0, 2**64 - 1),
}


class SdkRefusal(Exception):
    """The SDK would raise here, and its connection would be dead for good."""


def sdk_read(body: bytes, message_type: type[Message]) -> Message:
    """Read a reply as the official Python SDK does, with everything that it refuses."""

    def no_constant(name: str) -> None:
        raise SdkRefusal(name)

    try:
        return _sdk_fill(message_type(), json.loads(body, parse_constant=no_constant))
    except (ValueError, TypeError, AttributeError) as error:
        raise SdkRefusal(str(error)) from error


def _sdk_fill(message: Message, values: Any) -> Message:
    for field in message.DESCRIPTOR.fields:
        if field.is_required and field.has_default_value and field.name not in values:
            raise SdkRefusal(f"{field.name} missing")
    for field in message.DESCRIPTOR.fields:
        if field.name not in values:
            continue
        value = values[field.name]
        if field.type == Field.TYPE_BYTES:
            raise SdkRefusal("bytes")
        if field.is_repeated:
            target = getattr(message, field.name)
            for item in value:
                if field.message_type:
                    _sdk_fill(target.add(), item)
                else:
                    target.append(_sdk_plain(field, item))
        elif field.message_type:
            inner = getattr(message, field.name)
            inner.SetInParent()
            _sdk_fill(inner, value)
        else:
            setattr(message, field.name, int(value) if field.type in SINGLE_64 else _sdk_plain(field, value))
    return message


def _sdk_plain(field: Any, value: Any) -> Any:
    expected: tuple[type, ...] = (int, str) if field.type == Field.TYPE_ENUM else (int,)
    if field.type in (Field.TYPE_DOUBLE, Field.TYPE_FLOAT):
        expected = (int, float)
    elif field.type == Field.TYPE_STRING:
        expected = (str,)
    if not isinstance(value, expected):
        raise SdkRefusal(f"{field.name}: {value!r}")
    return value


def without_bytes(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    for field, value in copy.ListFields():
        if field.type == Field.TYPE_BYTES:
            copy.ClearField(field.name)
        elif field.message_type:
            for item in value if field.is_repeated else [value]:
                item.CopyFrom(without_bytes(item))
    return copy


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@st.composite
def filled(draw: st.DrawFn, message_type: type[Message], depth: int = 0) -> Message:
    """A message with any fields set; required ones always."""
    message = message_type()
    field: Any
    for field in message.DESCRIPTOR.fields:
        if not field.is_required and not draw(st.booleans()):
            continue
        count = draw(st.integers(0, 2)) if field.is_repeated else 1
        for _ in range(count):
            if field.message_type:
                if depth > 4:
                    continue
                inner_type = message_factory.GetMessageClass(field.message_type)
                value = draw(filled(inner_type, depth + 1))
                if field.is_repeated:
                    getattr(message, field.name).add().CopyFrom(value)
                else:
                    getattr(message, field.name).CopyFrom(value)
                    getattr(message, field.name).SetInParent()
                continue
            plain = draw(plain_values(field))
            if field.is_repeated:
                getattr(message, field.name).append(plain)
            else:
                setattr(message, field.name, plain)
    return message


def plain_values(field: Any) -> st.SearchStrategy[Any]:
    if field.type in RANGES:
        return st.integers(*RANGES[field.type])
    if field.type == Field.TYPE_BOOL:
        return st.booleans()
    if field.type == Field.TYPE_STRING:
        return texts
    if field.type == Field.TYPE_BYTES:
        return st.binary(max_size=8)
    if field.type == Field.TYPE_ENUM:
        return st.sampled_from([value.number for value in field.enum_type.values])
    return st.floats(allow_nan=False, allow_infinity=False, width=32 if field.type == Field.TYPE_FLOAT else 64)


REPLIES = [
    "GetGlobalState",
    "Notify",
    "Qot_GetBasicQot",
    "Qot_UpdateOrderBook",
    "Qot_RequestHistoryKL",
    "Qot_GetValuationDetail",
    "Trd_GetFunds",
]
REQUESTS = ["InitConnect", "Qot_Sub", "Qot_RequestHistoryKL", "Trd_SubAccPush", "Trd_PlaceOrder", "TestCmd"]


@settings(max_examples=15, deadline=None)
@given(st.data())
@pytest.mark.parametrize("stem", [*REPLIES, "Qot_StockScreen"])
def test_the_sdk_reads_any_reply_we_write(stem: str, data: st.DataObject) -> None:
    name = "ResultPropertyBasic" if stem == "Qot_StockScreen" else "Response"
    message_type = message_class(stem, name)
    message = data.draw(filled(message_type))
    assert sdk_read(write_json(message), message_type) == without_bytes(message)


@settings(max_examples=15, deadline=None)
@given(st.data())
@pytest.mark.parametrize("stem", REQUESTS)
def test_we_read_any_request_the_sdk_writes(stem: str, data: st.DataObject) -> None:
    message_type = message_class(stem, "Request")
    message = data.draw(filled(message_type))
    assert read_json(MessageToJson(message).encode(), message_type) == message


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_we_read_what_we_write(data: st.DataObject) -> None:
    message_type = message_class("Trd_PlaceOrder", "Request")
    message = data.draw(filled(message_type))
    assert read_json(write_json(message), message_type) == message


def test_forms_that_are_written() -> None:
    reply = openapi.GetGlobalState.Response(retType=0)
    reply.s2c.time = 1_700_000_000
    reply.s2c.connID = 2**63 + 1
    reply.s2c.qotLogined = True
    reply.s2c.localTime = 2.0
    reply.s2c.programStatus.type = openapi.Common.ProgramStatusType_Ready
    assert json.loads(write_json(reply)) == {
        "retType": 0,
        "s2c": {
            "time": "1700000000",
            "connID": "9223372036854775809",
            "qotLogined": True,
            "localTime": 2.0,
            "programStatus": {"type": 10},
        },
    }


def test_repeated_64_bit_numbers_stay_numbers_and_bytes_are_left_out() -> None:
    screen = openapi.Qot_StockScreen.ResultPropertyBasic(aval=[1, 2**53 + 1])
    assert json.loads(write_json(screen)) == {"aval": [1, 2**53 + 1]}
    history = openapi.Qot_RequestHistoryKL.Response(retType=0)
    history.s2c.nextReqKey = b"key"
    assert json.loads(write_json(history)) == {"retType": 0, "s2c": {}}


def test_the_missing_ret_type_is_written_with_its_default() -> None:
    assert write_json(openapi.KeepAlive.Response()) == b'{"retType":-400}'


def test_names_are_those_of_the_proto_file() -> None:
    skill = message_class("SkillWrapAPI", "TechnicalUnusualRsp")
    message = skill(retType=0, time_range="today")
    assert json.loads(write_json(message)) == {"retType": 0, "time_range": "today"}
    assert read_json(b'{"timeRange":"today"}', skill) == skill(time_range="today")
    assert read_json(b'{"time_range":"today"}', skill) == skill(time_range="today")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_that_json_lacks(value: float) -> None:
    quote = openapi.Qot_GetBasicQot.Response(retType=0).s2c.basicQotList.add()
    quote.curPrice = value  # required
    state = openapi.GetGlobalState.Response(retType=0)
    state.s2c.localTime = value  # optional
    spread = openapi.Qot_GetOptionStrategySpread.S2C(spreadList=[1.5, value, 2.5])  # positions count
    assert json.loads(write_json(quote)) == {"curPrice": 0.0}
    assert json.loads(write_json(spread)) == {"spreadList": [1.5, 0.0, 2.5]}
    assert json.loads(write_json(state)) == {"retType": 0, "s2c": {}}


def read_request(stem: str, text: str) -> Any:
    return read_json(text.encode(), message_class(stem, "Request"))


@pytest.mark.parametrize("text", ['"12"', "12", "12.0"])
@pytest.mark.parametrize("field", ["time"])
def test_64_bit_numbers_in_every_form(text: str, field: str) -> None:
    assert read_request("KeepAlive", f'{{"c2s":{{"{field}":{text}}}}}').c2s.time == 12


def test_lists_of_64_bit_numbers_in_every_form() -> None:
    assert list(read_request("Trd_SubAccPush", '{"c2s":{"accIDList":["1",2,3.0]}}').c2s.accIDList) == [1, 2, 3]


@pytest.mark.parametrize("text", ['"ValuationType_PE"', "1", '"1"'])
def test_enums_by_name_and_number(text: str) -> None:
    assert read_request("Qot_GetValuationDetail", f'{{"c2s":{{"valuationType":{text}}}}}').c2s.valuationType == 1


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False), ("1", True), ('"false"', False)])
def test_booleans_in_every_form(text: str, value: bool) -> None:
    assert read_request("Qot_Sub", f'{{"c2s":{{"isSubOrUnSub":{text}}}}}').c2s.isSubOrUnSub is value


@pytest.mark.parametrize("text", ["+/8=", "-_8=", "-_8"])
def test_bytes_as_base64_of_both_alphabets(text: str) -> None:
    assert read_request("TestCmd", f'{{"c2s":{{"paramBytes":"{text}"}}}}').c2s.paramBytes == b"\xfb\xff"


def test_unknown_names_and_null_are_ignored() -> None:
    request = read_request("Qot_Sub", '{"c2s":{"subTypeList":null,"nobody":[1,{}]},"x":1}')
    assert request.HasField("c2s")
    assert len(request.c2s.subTypeList) == 0


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("\\xff", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"c2s":{"time":' + "9" * 5000 + "}}", "it is not JSON"),
        ("[]", "the JSON is not an object"),
        ('"c2s"', "the JSON is not an object"),
        ('{"c2s":[]}', "c2s is not an object"),
        ('{"c2s":{"time":"1.0"}}', "c2s.time has a wrong value"),
        ('{"c2s":{"time":1.5}}', "c2s.time has a wrong value"),
        ('{"c2s":{"time":18446744073709551616}}', "c2s.time has a wrong value"),
        ('{"c2s":{"time":{}}}', "c2s.time has a wrong value"),
    ],
)
def test_faults_say_where(text: str, where: str) -> None:
    with pytest.raises(JsonFault) as caught:
        read_request("KeepAlive", text)
    assert str(caught.value) == where


@pytest.mark.parametrize(
    ("stem", "text", "where"),
    [
        ("Qot_Sub", '{"c2s":{"securityList":{}}}', "c2s.securityList is not a list"),
        ("Qot_Sub", '{"c2s":{"securityList":[1]}}', "c2s.securityList[0] is not an object"),
        ("Qot_Sub", '{"c2s":{"securityList":[{"code":5}]}}', "c2s.securityList[0].code has a wrong value"),
        ("Qot_Sub", '{"c2s":{"securityList":[{"code":"\\ud800"}]}}', "c2s.securityList[0].code has a wrong value"),
        ("Qot_Sub", '{"c2s":{"subTypeList":[1,"x"]}}', "c2s.subTypeList[1] has a wrong value"),
        ("Qot_Sub", '{"c2s":{"isSubOrUnSub":2}}', "c2s.isSubOrUnSub has a wrong value"),
        ("TestCmd", '{"c2s":{"paramBytes":"*"}}', "c2s.paramBytes has a wrong value"),
        ("TestCmd", '{"c2s":{"paramBytes":5}}', "c2s.paramBytes has a wrong value"),
        ("Qot_GetValuationDetail", '{"c2s":{"valuationType":"x"}}', "c2s.valuationType has a wrong value"),
        ("Qot_GetValuationDetail", '{"c2s":{"valuationType":12345}}', "c2s.valuationType has a wrong value"),
        ("Trd_PlaceOrder", '{"c2s":{"qty":"many"}}', "c2s.qty has a wrong value"),
        ("Trd_PlaceOrder", '{"c2s":{"qty":[]}}', "c2s.qty has a wrong value"),
        ("Trd_PlaceOrder", '{"c2s":{"qty":1' + "0" * 400 + "}}", "c2s.qty has a wrong value"),
    ],
)
def test_faults_say_where_inside(stem: str, text: str, where: str) -> None:
    with pytest.raises(JsonFault) as caught:
        read_request(stem, text)
    assert str(caught.value) == where


NAMES = st.sampled_from(["c2s", "packetID", "header", "connID", "trdEnv", "code", "qty", "remark", "trdSide", "zzz"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, json_values, max_size=4))
def test_any_json_is_read_or_refused(values: dict[str, Any]) -> None:
    try:
        assert isinstance(read_request("Trd_PlaceOrder", json.dumps({"c2s": values})), Message)
    except JsonFault as fault:
        assert str(fault).startswith("c2s.")  # noqa: PT017 - either way is right
