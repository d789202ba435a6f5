"""The trading page: locks, accounts, figures, orders with their time line, and why something cannot be done."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.model.errors import UserFacingError
from core.model.status import GatewaySnapshot, GatewayState
from core.model.trading import OrderStatus, SecurityFirm
from core.model.trading_status import TradingOverview
from gui.language.trading_words import STATUS_WORDS
from gui.pages.trading.book_card import DETAILS, FILLS, FUNDS, ORDERS, POSITIONS
from gui.pages.trading.trading_page import TradingPage
from gui.shell.navigation import TRADING as PAGE
from tests.gui.conftest import WindowMaker, Windows, settle
from tests.gui.fake_gateway import MOMENT, ready_snapshot
from tests.gui.fake_trading import (
    ACCOUNTS,
    BOOK,
    FUTURES_ACCOUNT,
    HK_PAPER,
    LOCKS,
    MARGIN_ACCOUNT,
    OLD_ACCOUNT,
    PARTLY,
    TRADING,
    US_ACCOUNT,
)
from tests.gui.fake_trading import (
    ORDERS as ORDER_ROWS,
)

CONTROL = Qt.KeyboardModifier.ControlModifier


def trading(windows: Windows) -> TradingPage:
    main = windows.enter()
    main.resize(1280, 800)
    main.navigation.choose(PAGE)
    settle()
    assert main.trading is not None
    return main.trading


def choose(page: TradingPage, account_id: int) -> None:
    row = page.accounts.model.row_of(account_id)
    page.accounts.view.setCurrentIndex(page.accounts.model.index(row))
    settle()


def snapshot_at(seconds: float, overview: TradingOverview = TRADING) -> GatewaySnapshot:
    return replace(ready_snapshot(), time=MOMENT + seconds, trading=overview)


def shown(page: TradingPage, key: str) -> list[str]:
    table = page.book.orders.table.table
    column = next(column for column in table.model.columns if column.key == key)
    return [column.text(row) for row in table.shown_rows]


def test_the_page_is_made_on_the_first_visit(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    assert main.trading is None
    assert windows.controls.asked_books == []
    QTest.keyClick(main, Qt.Key.Key_4, CONTROL)
    assert main.trading is not None
    assert main.trading.isVisible()
    assert windows.controls.asked_books == [MARGIN_ACCOUNT]


def test_locks_of_firms_and_of_everything(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    futu, moomoo = page.locks.firms[SecurityFirm.FUTU_HK], page.locks.firms[SecurityFirm.MOOMOO_US]
    assert (futu.title.text(), futu.line.text()) == ("FUTU HK", "Unlocked by hk_maker at 09:12:46")
    assert futu.btn_lock.isVisible()
    assert not futu.btn_unlock.isVisible()
    assert (moomoo.title.text(), moomoo.line.text()) == ("Moomoo US", "Locked")
    assert moomoo.btn_unlock.accessibleName() == "Unlock trading at Moomoo US"
    futu.btn_lock.click()
    assert windows.controls.calls[-1] == ("lock_trade", SecurityFirm.FUTU_HK)
    assert windows.main.toasts.texts == ["FUTU HK is locked"]
    assert not page.locks.all.switch.isChecked()
    windows.show_snapshot(snapshot_at(1, replace(TRADING, locked_everything=True)))
    assert page.locks.all.switch.isChecked()
    assert page.locks.all.property("tint") == "error"
    assert windows.main.status_bar.state.text() == "READY, trading locked"
    assert windows.main.status_bar.locks.text() == "Trading locked"


def test_other_firms_come_and_go(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    windows.show_snapshot(snapshot_at(1, replace(TRADING, locks=LOCKS[1:])))
    assert list(page.locks.firms) == [SecurityFirm.MOOMOO_US]
    windows.show_snapshot(snapshot_at(2))
    assert list(page.locks.firms) == [SecurityFirm.FUTU_HK, SecurityFirm.MOOMOO_US]


def test_status_bar_counts_the_locks(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    assert main.status_bar.locks.text() == "Trading: 1 unlocked, 1 locked"
    main.status_bar.locks.click()
    settle()
    assert main.trading is not None
    assert main.trading.isVisible()
    windows.show_snapshot(snapshot_at(1, TradingOverview()))
    assert not main.status_bar.locks.isVisible()


def test_the_chip_of_a_locked_gateway_tells_only_while_ready(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    locked = snapshot_at(1, replace(TRADING, locked_everything=True))
    windows.show_snapshot(locked)
    assert main.overview is not None
    assert main.overview.chip.text() == main.status_bar.state.text() == "READY, trading locked"
    windows.show_snapshot(replace(locked, state=GatewayState.NOT_SERVING))
    assert main.overview.chip.text() == main.status_bar.state.text() == "Not serving"


def test_practice_and_simulated_are_never_called_real(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    model = page.accounts.model
    texts = [str(model.index(row).data()) for row in range(model.rowCount())]
    assert texts == [
        "Practice, real-type accounts",
        "FUTU HK",
        "FUTU HK",
        "Moomoo US",
        "FUTU HK",
        "Simulated",
        "HK stocks",
        "US stocks and options",
        "A shares",
    ]
    assert (page.chip.text(), page.chip.kind) == ("Practice", "simulated")
    choose(page, HK_PAPER)
    assert (page.chip.text(), page.chip.kind) == ("Simulated", "paper")
    real = snapshot_at(1)
    windows.show_snapshot(replace(real, upstream=replace(real.upstream, simulated=False)))
    choose(page, MARGIN_ACCOUNT)
    assert (page.chip.text(), page.chip.kind) == ("Real account", "real")
    assert model.index(0).data() == "Real"


def test_accounts_show_masked_numbers_and_where_they_trade(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    model = page.accounts.model
    spoken = [str(model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount())]
    assert spoken[1] == "FUTU HK, Margin, 2817••••4406, HK, US, CN"
    assert spoken[4] == "FUTU HK, Disabled, 2817••••0021, Old account"
    assert spoken[6] == "HK stocks, Simulated, 9100••11, HKD 987,220"
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert str(MARGIN_ACCOUNT) not in " ".join(spoken)


def test_the_account_menu_copies_the_number(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    place = page.accounts.view.visualRect(page.accounts.model.index(1)).center()
    page.accounts.open_menu(place)
    settle()
    menu = page.accounts.findChild(QMenu, "tradingAccountMenu")
    assert menu is not None
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["Copy account ID", "Reset practice account…"]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == str(MARGIN_ACCOUNT)
    menu.close()


def test_the_first_account_is_the_first_of_the_list(make_windows: WindowMaker) -> None:
    old_first = (ACCOUNTS[3], *ACCOUNTS[4:], *ACCOUNTS[:3])
    windows = make_windows(snapshot=snapshot_at(0, replace(TRADING, accounts=old_first)))
    page = trading(windows)
    assert page.account is not None
    assert page.account.account_id == MARGIN_ACCOUNT


def test_funds_strip(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    strip = page.funds
    assert [(cell.label, cell.figure) for cell in strip.cells] == [
        ("Net assets, HKD", "1,284,906.35"),
        ("Cash", "412,380.10"),
        ("Market value", "872,526.25"),
        ("Buying power", "1,630,212.00"),
        ("Today", "+8,412.60"),
    ]
    assert strip.cells[4].ink == "market.up"
    assert (strip.risk.kind, strip.risk.text()) == ("ok", "Safe, level 2")
    choose(page, FUTURES_ACCOUNT)
    assert [cell.label for cell in strip.cells[1:4]] == ["Available", "Initial margin", "Maintenance margin"]
    assert (strip.cells[4].figure, strip.cells[4].ink) == ("−120.00", "market.down")
    assert (strip.risk.kind, strip.risk.text()) == ("error", "Danger, level 7")


def test_tabs_and_filters_count(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    assert [tab.count for tab in page.book.tabs.tabs.values()] == ["5", "37", "31", "", ""]
    words = [button.text() for button in page.book.orders.filter.buttons]
    assert words == ["All", "Open 3", "Filled 29", "Cancelled 4", "Rejected 1"]
    page.book.orders.filter.choose("open")
    assert shown(page, "colStatus") == ["Partly filled", "Submitted", "Submitted"]
    page.book.orders.filter.choose("cancelled")
    assert set(shown(page, "colStatus")) == {"Cancelled", "Partly cancelled"}


@pytest.mark.parametrize(("wanted", "count"), [("01810", 1), ("REBALANCE", 1), (str(PARTLY.order_id), 1), ("Ping", 1)])
def test_search_by_code_id_remark_or_name(make_windows: WindowMaker, wanted: str, count: int) -> None:
    page = trading(make_windows())
    QTest.keyClick(page.window(), Qt.Key.Key_F, CONTROL)
    QTest.keyClicks(page.book.orders.search, wanted)
    assert len(shown(page, "colTime")) == count
    QTest.keyClick(page.book.orders.search, Qt.Key.Key_Escape)
    assert len(shown(page, "colTime")) == 37


def test_rows_of_the_orders(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    first = {
        column.key: (column.text(PARTLY), column.aside(PARTLY))
        for column in page.book.orders.table.table.visible_columns
    }
    assert first == {
        "colTime": ("14:31:52", ""),
        "colSecurity": ("HK.00700", "Tencent"),
        "colSide": ("Buy", ""),
        "colType": ("Limit", ""),
        "colPrice": ("512.00", ""),
        "colFilled": ("200", "/ 400"),
        "colAverage": ("511.75", ""),
        "colStatus": ("Partly filled", ""),
        "colClient": ("hk_maker", ""),
    }
    assert shown(page, "colTime")[:2] == ["14:31:52", "14:29:10"], "newest first"
    assert shown(page, "colPrice")[5] == "Market"
    assert shown(page, "colAverage")[1] == ""


def test_every_status_has_icon_and_word() -> None:
    assert set(STATUS_WORDS) == set(OrderStatus)
    looks = {word.icon: word.ink for word in STATUS_WORDS.values()}
    assert len(set(looks.values())) == len(looks), "a colour is never the only difference"


def test_times_are_the_accounts_own(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    choose(page, US_ACCOUNT)
    assert shown(page, "colTime") == ["09:45:10"]
    assert page.book.updated.text() == "Updated 02:32:06"


def test_an_order_with_its_time_line(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    details = page.book.orders.details
    assert not details.isVisible()
    page.book.orders.table.table.select_row(0)
    settle()
    assert details.isVisible()
    assert (details.title.text(), details.status.text()) == ("Buy 400 HK.00700 at 512.00", "Partly filled")
    lines = details.timeline.lines.lines
    assert [(line.time, line.text) for line in lines] == [
        ("14:31:52.104", "Accepted from hk_maker."),
        ("14:31:52.106", "Sent to the exchange."),
        ("14:31:52.122", "In the order book."),
        ("14:31:58.440", "100 filled at 512.00."),
        ("14:32:03.902", "100 filled at 511.50."),
        ("now", "200 waiting at 512.00"),
    ]
    assert [line.aside for line in lines[:4]] == [
        "",
        "2.0 ms after receipt",
        "18 ms after receipt",
        "6.3 s after receipt",
    ]
    details.btn_copy.click()
    block = QGuiApplication.clipboard().text()
    for line in (
        "Order ID: 7300000000000037",
        "Type: Enhanced limit",
        "Amount: 102,350.00 HKD",
        "Remark: mm-rebalance-3",
    ):
        assert line in block
    QTest.keyClick(page.book.orders.table.table.view, Qt.Key.Key_Escape)
    assert not details.isVisible()
    QTest.keyClick(page.book.orders.table.table.view, Qt.Key.Key_Return)
    assert details.isVisible()


def test_a_finished_order_waits_for_nothing_and_cannot_be_cancelled(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    page.book.orders.table.table.select_row(3)
    settle()
    details = page.book.orders.details
    assert all(line.time != "now" for line in details.timeline.lines.lines)
    assert not details.btn_cancel.isEnabled()
    assert details.btn_cancel.toolTip() == "This order is not open any more."


def test_positions_with_totals_per_currency(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    page.book.tabs.choose(POSITIONS)
    settle()
    table = page.book.positions.table
    texts = {column.key: [column.text(row) for row in table.shown_rows] for column in table.model.columns}
    assert texts["colSecurity"][0] == "HK.00700", "the largest first"
    assert texts["colProfit"][:2] == ["+8,580.00", "−6,840.00"]
    totals = table.totals.rows
    assert [row["colSecurity"].text for row in totals] == ["Total, HKD", "Total, USD"]
    assert (totals[0]["colValue"].text, totals[0]["colProfit"].text) == ("839,615.00", "+4,795.00")
    assert totals[0]["colProfit"].ink == "market.up"
    assert table.totals.isVisible()
    value = next(column for column in table.model.columns if column.key == "colValue")
    assert value.aside(table.shown_rows[-1]) == "USD", "with several currencies each value names its own"


def test_fills_and_funds(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.tabs.choose(FILLS)
    settle()
    assert len(page.book.fills.table.shown_rows) == 31
    page.book.tabs.choose(FUNDS)
    settle()
    rows = page.book.funds.table.table.shown_rows
    assert [row.currency.name for row in rows] == ["CNH", "HKD", "USD"]
    assert page.book.funds.btn_reset.isVisible()
    real = snapshot_at(1)
    windows.show_snapshot(replace(real, upstream=replace(real.upstream, simulated=False)))
    assert not page.book.funds.btn_reset.isVisible(), "only practice can begin anew"


def test_nothing_yet(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    choose(page, OLD_ACCOUNT)
    assert page.book.orders.table.empty.isVisible()
    assert page.book.orders.table.empty.sentence.text() == "Orders your scripts send appear here."
    page.book.tabs.choose(POSITIONS)
    settle()
    assert page.book.positions.empty.sentence.text() == "No positions in this account."


def test_loading_shows_bars_and_a_source_without_accounts_says_so(make_windows: WindowMaker) -> None:
    loading = replace(ready_snapshot(), state=GatewayState.LOADING, ready_since=0.0, trading=TradingOverview())
    windows = make_windows(snapshot=loading)
    page = trading(windows)
    assert page.book.orders.table.is_loading
    assert not page.empty.isVisible()
    assert not page.chip.isVisible()
    windows.show_snapshot(replace(ready_snapshot(), trading=TradingOverview()))
    assert page.empty.isVisible()
    assert page.empty.sentence.text() == "This source has no accounts to trade with."
    windows.show_snapshot(snapshot_at(2))
    assert not page.empty.isVisible()
    assert len(page.book.orders.table.table.shown_rows) == 37


def test_a_locked_firm_lets_nothing_be_cancelled(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    assert page.book.orders.btn_cancel_open.isEnabled()
    choose(page, US_ACCOUNT)
    page.book.orders.table.table.select_row(0)
    settle()
    orders = page.book.orders
    for button in (orders.btn_cancel_open, orders.details.btn_cancel):
        assert not button.isEnabled()
        assert button.toolTip() == "Unlock Moomoo US first"
    QTest.keyClick(orders.table.table.view, Qt.Key.Key_Delete)
    assert windows.controls.calls[-1][0] == "sign_in", "nothing was asked"
    windows.show_snapshot(snapshot_at(1, replace(TRADING, locks=(LOCKS[0], replace(LOCKS[1], unlocked=True)))))
    assert orders.btn_cancel_open.isEnabled()
    assert orders.details.btn_cancel.isEnabled()


def test_simulated_accounts_need_no_unlocking(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    choose(page, HK_PAPER)
    windows.show_snapshot(snapshot_at(1, replace(TRADING, locks=(replace(LOCKS[0], unlocked=False), LOCKS[1]))))
    assert page.book.orders.btn_cancel_open.isEnabled()


def test_old_accounts_and_a_lost_upstream_are_read_only(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    choose(page, OLD_ACCOUNT)
    assert page.book.orders.btn_cancel_open.toolTip() == "This is an old account: it can only be looked at."
    choose(page, MARGIN_ACCOUNT)
    lost = snapshot_at(1)
    windows.show_snapshot(replace(lost, upstream=replace(lost.upstream, state="lost")))
    assert page.book.orders.btn_cancel_open.toolTip() == "The link to the upstream is down."
    assert not page.locks.firms[SecurityFirm.FUTU_HK].btn_lock.isEnabled()


def test_the_book_is_asked_for_by_revision_and_twice_a_second(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    asked = windows.controls.asked_books
    asked.clear()
    windows.show_snapshot(snapshot_at(0.25))
    assert asked == []
    windows.show_snapshot(snapshot_at(0.3, replace(TRADING, revision=2)))
    assert asked == [MARGIN_ACCOUNT]
    windows.show_snapshot(snapshot_at(0.55, replace(TRADING, revision=2)))
    assert asked == [MARGIN_ACCOUNT]
    windows.show_snapshot(snapshot_at(0.8, replace(TRADING, revision=2)))
    assert asked == [MARGIN_ACCOUNT] * 2
    page.book.btn_refresh.click()
    assert asked == [MARGIN_ACCOUNT] * 3
    windows.main.navigation.choose("overview")
    windows.show_snapshot(snapshot_at(5, replace(TRADING, revision=3)))
    assert asked == [MARGIN_ACCOUNT] * 3, "a hidden page asks nothing"


def test_a_failing_book_keeps_the_last_one(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    windows.controls.books_failure = UserFacingError("trading_unavailable")
    windows.show_snapshot(snapshot_at(1))
    assert len(page.book.orders.table.table.shown_rows) == 37
    assert page.stale.isVisible()
    assert page.stale.text.endswith("The last list, from 14:32:06, is kept.")
    windows.controls.books_failure = None
    windows.show_snapshot(snapshot_at(2))
    assert not page.stale.isVisible()


def test_the_selection_follows_its_order(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.table.table.select_row(1)
    chosen = page.book.orders.selected[0].order_id
    newer = replace(PARTLY, order_id=1, created_at=MOMENT, status=OrderStatus.SUBMITTED)
    windows.controls.books[MARGIN_ACCOUNT] = replace(BOOK, orders=(newer, *ORDER_ROWS))
    windows.show_snapshot(snapshot_at(1, replace(TRADING, revision=2)))
    assert shown(page, "colTime")[0] == "14:32:07"
    assert [row.order_id for row in page.book.orders.selected] == [chosen]


def test_copying_rows(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    page.book.orders.table.table.select_row(0)
    page.book.orders.table.table.copy_json()
    copied = json.loads(QGuiApplication.clipboard().text())
    assert (copied["colPrice"], copied["colFilled"], copied["colStatus"]) == (512, 200, "FILLED_PART")
    page.book.orders.table.table.copy_rows()
    assert QGuiApplication.clipboard().text().startswith("14:31:52\tHK.00700 Tencent\tBuy\tLimit\t512.00\t200 / 400")


def test_in_narrow_windows_the_details_are_a_tab(make_windows: WindowMaker) -> None:
    page = trading(make_windows())
    assert not page.book.tabs.tabs[DETAILS].isVisible()
    page.window().resize(1024, 680)
    settle()
    assert page.book.tabs.tabs[DETAILS].isVisible()
    page.book.orders.table.table.select_row(0)
    QTest.keyClick(page.book.orders.table.table.view, Qt.Key.Key_Return)
    settle()
    assert page.book.tabs.current == DETAILS
    assert page.book.orders.details.isVisible()
    assert page.book.orders.details.title.text() == "Buy 400 HK.00700 at 512.00"
    page.window().resize(1280, 800)
    settle()
    assert page.book.tabs.current == ORDERS
    assert page.book.orders.details.isVisible()


def test_buys_follow_the_price_colours(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    side = next(column for column in page.book.orders.table.table.model.columns if column.key == "colSide")
    assert side.ink is not None
    green = windows.flow.theme.colour_text(side.ink(PARTLY))
    windows.flow.language.choose("zh-CN")
    settle()
    assert windows.flow.theme.colour_text(side.ink(PARTLY)) != green
    assert shown(page, "colSide")[0] == "买入"


def test_the_layout_is_kept(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    menu = page.book.orders.table.table.column_menu(page)
    next(action for action in menu.actions() if action.text() == "Remark").trigger()
    windows.main.save_places()
    again = trading(make_windows())
    assert "colRemark" in [column.key for column in again.book.orders.table.table.visible_columns]


def test_all_accounts_have_books() -> None:
    assert {account.account_id for account in ACCOUNTS} == set(make_books())


def make_books() -> list[int]:
    from tests.gui.fake_trading import BOOKS

    return list(BOOKS)
