"""Plates: who belongs to them, and the three answers about them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from core.api_messages import openapi
from core.api_messages.schema import message_class
from core.model.errors import UserFacingError
from core.model.security import HK, SH, SZ, US, Security, parse_security
from core.upstreams.practice.answers import plates as answers
from core.upstreams.practice.answers import snapshot
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_view import MarketView
from core.upstreams.practice.plates import PlateKind, PlateTable, load_plates, table_with_plates
from core.upstreams.practice.securities import ETF, INDEX, STOCK, load_securities

PRACTICE = Path(__file__).resolve().parents[2] / "resources" / "practice"
TABLE = load_securities(PRACTICE / "securities.csv")
PLATES = load_plates(PRACTICE / "plates.csv", TABLE)
MORNING = datetime.datetime(2026, 11, 20, 2, 30, tzinfo=datetime.UTC).timestamp()


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    made = Exchange(table_with_plates(TABLE, PLATES), load_calendars(PRACTICE / "calendars.json"), 7)
    made.plates = PLATES
    made.begin(MORNING)
    return made


def request(name: str, **fields: object) -> object:
    made = message_class(name, "Request")()
    made.c2s.SetInParent()  # type: ignore[attr-defined]
    for field, value in fields.items():
        if isinstance(value, Security):
            target = getattr(made.c2s, field)  # type: ignore[attr-defined]
            target.market, target.code = value
        elif isinstance(value, list):
            for security in value:
                getattr(made.c2s, field).add(market=security.market, code=security.code)  # type: ignore[attr-defined]
        else:
            setattr(made.c2s, field, value)  # type: ignore[attr-defined]
    return made


def test_the_shipped_table_has_no_problems_and_no_empty_plates() -> None:
    assert PLATES.problems == ()
    assert len(PLATES) > 200
    for plate in PLATES.plates:
        assert PLATES.members(plate.security), plate


def test_every_tag_of_the_securities_has_a_plate_in_its_market() -> None:
    for info in TABLE:
        if info.security_type != STOCK or info.security.market not in (HK, US, SH, SZ):
            continue
        kinds = [(plate.kind, plate.key) for plate in PLATES.owners(info.security)]
        assert (PlateKind.INDUSTRY, info.industry) in kinds, info.security
        for concept in info.concepts:
            assert (PlateKind.CONCEPT, concept) in kinds
        if info.security.market in (SH, SZ):
            assert (PlateKind.REGION, info.region) in kinds


@pytest.mark.parametrize(
    ("label", "inside", "outside"),
    [
        ("HK.HSI Constituent Stocks", "HK.00700", "HK.00017"),
        ("HK.LIST1910", "HK.00700", "HK.02800"),
        ("HK.Fund", "HK.02800", "HK.00700"),
        ("HK.GEM", "HK.08083", "HK.00700"),
        ("US.USAALL", "US.AAPL", "US.SPY"),
        ("US.NASDAQ", "US.QQQ", "US.IBM"),
        ("SH.LIST3000005", "SZ.000001", "SH.510300"),
        ("SH.LIST0992", "SH.688981", "SH.600519"),
        ("SZ.LIST3000004", "SZ.300750", "SZ.000001"),
        ("SH.LIST3000002", "SH.000001", "SH.600519"),
    ],
)
def test_well_known_lists(label: str, inside: str, outside: str) -> None:
    members = {info.security for info in PLATES.members(parse_security(label))}
    assert parse_security(inside) in members
    assert parse_security(outside) not in members


def test_plate_set(exchange: Exchange) -> None:
    def ask(market: int, kind: int) -> list[openapi.Qot_Common.PlateInfo]:
        answer = answers.plate_set(exchange, request("Qot_GetPlateSet", market=market, plateSetType=kind))
        return list(openapi.Qot_GetPlateSet.Response.FromString(answer).s2c.plateInfoList)

    everything = ask(HK, 0)
    assert {row.plateType for row in everything} == {1, 3}
    assert len(ask(HK, 1)) + len(ask(HK, 3)) == len(everything)
    assert ask(HK, 2) == ask(US, 2) == []
    assert [row.plate.code for row in ask(SH, 2)] == [row.plate.code for row in ask(SZ, 2)] != []
    with pytest.raises(UserFacingError):
        ask(31, 0)
    with pytest.raises(UserFacingError):
        ask(HK, 4)


def test_members_and_their_order(exchange: Exchange) -> None:
    view = MarketView(exchange)

    def ask(label: str, **fields: object) -> list[str]:
        asked = request("Qot_GetPlateSecurity", plate=parse_security(label), **fields)
        response = openapi.Qot_GetPlateSecurity.Response.FromString(answers.plate_securities(exchange, view, asked))
        assert all(row.basic.secType in (STOCK, ETF, INDEX) for row in response.s2c.staticInfoList)
        return [row.basic.security.code for row in response.s2c.staticInfoList]

    plain = ask("US.LIST20301")
    assert plain == sorted(plain)
    assert len(plain) == 30
    assert ask("US.LIST20301", sortField=1, ascend=False) == plain[::-1]
    for field, figure in ((2, "price"), (4, "change"), (10, "volume"), (11, "turnover")):
        rising, falling = (ask("US.LIST20301", sortField=field, ascend=up) for up in (True, False))
        assert rising == falling[::-1]
        values = []
        for code in rising:
            info = TABLE.get(Security(US, code))
            assert info is not None
            today = view.today(info)
            assert today is not None
            values.append(getattr(today, figure))
        assert values == sorted(values)
    for label, fields in (("US.NOSUCH", {}), ("HK.00700", {}), ("US.LIST20301", {"sortField": 48})):
        with pytest.raises(UserFacingError):
            ask(label, **fields)


def test_owners(exchange: Exchange) -> None:
    asked = [Security(HK, "00700"), Security(SH, "688981")]
    answer = answers.owner_plates(exchange, request("Qot_GetOwnerPlate", securityList=asked))
    tencent, smic = openapi.Qot_GetOwnerPlate.Response.FromString(answer).s2c.ownerPlateList
    assert tencent.name == "TENCENT"
    assert {row.plateType for row in tencent.plateInfoList} == {1, 3, 4}
    assert {row.plateType for row in smic.plateInfoList} == {1, 2, 3, 4}
    for row in (tencent, smic):
        security = Security(row.security.market, row.security.code)
        for plate in row.plateInfoList:
            members = PLATES.members(Security(plate.plate.market, plate.plate.code))
            assert security in [info.security for info in members]
    with pytest.raises(UserFacingError):
        answers.owner_plates(exchange, request("Qot_GetOwnerPlate", securityList=[Security(HK, "99999")]))
    many = [info.security for info in TABLE][:201]
    with pytest.raises(UserFacingError):
        answers.owner_plates(exchange, request("Qot_GetOwnerPlate", securityList=many))


def test_a_plate_has_a_quote_and_counts_its_members(exchange: Exchange) -> None:
    plate = parse_security("US.LIST20302")
    asked = request("Qot_GetSecuritySnapshot", securityList=[plate])
    answer = snapshot.snapshots(exchange, snapshot.PastFigureStore(), asked)
    (row,) = openapi.Qot_GetSecuritySnapshot.Response.FromString(answer).s2c.snapshotList
    assert row.basic.type == 7
    assert row.basic.lowPrice <= row.basic.curPrice <= row.basic.highPrice
    counts = row.plateExData
    assert counts.raiseCount + counts.fallCount + counts.equalCount == 100


def test_a_bad_line_is_named_and_the_rest_loads(tmp_path: Path) -> None:
    header = "plate,kind,key,name_en,name_zh,name_zh_hant,members"
    good = "HK.BK1,INDUSTRY,banks,Banks,银行,銀行,"
    bad = ["HK.BK2,SECTOR,banks,A,B,C,", "XX.BK2,INDUSTRY,banks,A,B,C,", good, "HK.BK3", "HK.BK4,LIST,x,A,B,C,"]
    path = tmp_path / "plates.csv"
    path.write_text("\n".join([header, good, *bad]), encoding="utf-8")
    table = load_plates(path, TABLE)
    assert len(table) == 1
    assert [problem.line for problem in table.problems] == [3, 4, 5, 6, 7]


def test_without_plates_everything_is_empty() -> None:
    table = PlateTable()
    assert table.owners(Security(HK, "00700")) == []
    assert table.members(Security(HK, "BK1001")) == ()
    assert table.of_market(HK) == []
