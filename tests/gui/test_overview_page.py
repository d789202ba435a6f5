"""The overview: what it shows of a snapshot, and that it draws only what changed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from core.model.status import (
    EventKind,
    EventRow,
    GatewaySnapshot,
    MarketStatus,
    Severity,
    TrafficStatus,
    UpstreamStatus,
)
from gui.pages.overview.event_list import CONNECTIONS, PROBLEMS, TRADING
from gui.pages.overview.overview_page import OverviewPage
from gui.pages.overview.services_panel import ServicesPanel
from gui.widgets.buttons import CopyButton
from tests.gui.conftest import WindowMaker, Windows, settle
from tests.gui.fake_gateway import MOMENT, empty_snapshot, ready_snapshot


def overview(windows: Windows) -> OverviewPage:
    page = windows.enter().overview
    assert page is not None
    return page


def words(widget: QWidget) -> set[str]:
    return {label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()}


def test_cards_show_the_figures(make_windows: WindowMaker) -> None:
    page = overview(make_windows())
    assert {"6", "/ 128 connections", "21.9/s", "Listening", "Slow clients", "1"} <= words(page.card_api)
    assert {"168", "/ 1,000 used", "12/100", "52"} <= words(page.card_quota)
    assert {"931", "/s", "1,482/s at 09:30", "14.2 M"} <= words(page.card_push)
    assert {"Connected", "Built-in exchange (simulated), always open, 1x", "Simulated data", "Up 12 d 5 h"} <= words(
        page.card_upstream
    )
    assert page.uptime.text() == "Running for 12 d 5 h"


def test_simulated_is_labelled_and_real_is_not(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    assert page.simulated.isVisible()
    real = replace(ready_snapshot(), upstream=UpstreamStatus("opend", "connected", "Official OpenD"))
    windows.show_snapshot(real)
    assert not page.simulated.isVisible()
    assert "Simulated data" not in words(page)
    assert windows.main.navigation.account.line == "Real"


def test_markets_with_local_times_and_what_comes(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    assert {"Hong Kong", "14:32", "Afternoon session", "Closes in 1 h 27 m"} <= words(page.markets)
    assert {"United States", "02:32", "Overnight", "Pre-market in 1 h 27 m"} <= words(page.markets)
    always_open = MarketStatus("jp", "Japan", 3, 9 * 3600)
    windows.show_snapshot(replace(ready_snapshot(), markets=(always_open,)))
    assert words(page.markets) == {"Japan", "15:32", "Morning session", "Stays open"}


def test_an_idle_gateway(make_windows: WindowMaker) -> None:
    page = overview(make_windows(snapshot=empty_snapshot()))
    assert {"0", "/ 128 connections", "0/s"} <= words(page.card_api)
    assert "Slow clients" not in words(page.card_api)
    assert {"0", "None"} <= words(page.card_push)
    assert "Nothing happened yet." in words(page.events)


def test_events_are_filtered_newest_first(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    model = page.events.model
    assert model.rowCount() == 9
    assert model.index(0).data() == "Client unnamed connected from 127.0.0.1:53377 (Go)"
    assert page.events.filter.buttons[1].text() == "Problems 1"
    page.events.filter.choose(PROBLEMS)
    assert [model.index(row).data() for row in range(model.rowCount())] == [
        "Client night_scan disconnected: connection lost"
    ]
    page.events.filter.choose(CONNECTIONS)
    assert model.rowCount() == 8
    page.events.filter.choose(TRADING)
    assert model.rowCount() == 0
    locked = EventRow(10, MOMENT, Severity.WARNING, EventKind.TRADING, "All trading is locked")
    windows.show_snapshot(replace(ready_snapshot(), events=(*ready_snapshot().events, locked)))
    assert [model.index(row).data() for row in range(model.rowCount())] == ["All trading is locked"]


def test_a_new_event_keeps_the_selected_one(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    page.events.view.setCurrentIndex(page.events.model.index(2))
    before = page.events.view.currentIndex().data()
    newest = replace(ready_snapshot().events[-1], number=10)
    windows.show_snapshot(replace(ready_snapshot(), events=(newest, *ready_snapshot().events)))
    assert page.events.model.rowCount() == 10
    assert page.events.view.currentIndex().row() == 3
    assert page.events.view.currentIndex().data() == before


def test_services_and_snippet(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    windows.main.resize(1280, 800)
    settle()
    assert {"API", "127.0.0.1:11111", "WebSocket", "Telnet", "Encryption", "Off", "Not needed"} <= words(page.services)
    copy = page.services.findChild(CopyButton, "copySnippet")
    assert copy is not None
    copy.click()
    assert QGuiApplication.clipboard().text() == "from futu import *\nq = OpenQuoteContext('127.0.0.1', 11111)"
    address = page.services.findChild(CopyButton, "copy_api")
    assert address is not None
    address.click()
    assert QGuiApplication.clipboard().text() == "127.0.0.1:11111"
    assert not page.services.findChild(CopyButton, "copy_telnet").isVisible()  # type: ignore[union-attr]


def test_snippet_goes_first_when_the_window_is_low(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    windows.main.resize(1280, 800)
    settle()
    assert page.services.snippet.isVisible()
    windows.main.resize(1280, 680)
    settle()
    assert not page.services.snippet.isVisible()
    assert {"API", "WebSocket"} <= words(page.services)


def test_two_columns_when_narrow(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    windows.main.resize(1280, 800)
    settle()
    assert page.card_push.y() == page.card_api.y()
    windows.main.resize(1024, 680)
    settle()
    assert page.card_push.y() > page.card_api.y()
    assert page.card_upstream.x() == page.card_quota.x() == page.services.x()


def test_the_api_card_opens_connections(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    QTest.keyClick(page.card_api, Qt.Key.Key_Return)
    assert windows.main.connections is not None
    assert windows.main.connections.isVisible()


def quick_menu(page: OverviewPage) -> QMenu:
    """Press Quick actions; the menu that opens, not the one inside it."""
    page.quick.click()
    settle()
    return [menu for menu in page.findChildren(QMenu) if menu.parent() is page][-1]


def test_quick_actions(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    menu = quick_menu(page)
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == [
        "Copy API address",
        "Lock all trading…",
        "Close all connections…",
        "Market speed",
        "Pause the market",
        "Step one minute",
    ]
    assert all(action.isEnabled() for action in menu.actions() if not action.isSeparator())
    menu.close()
    windows.show_snapshot(replace(empty_snapshot(), listeners=()))
    menu = quick_menu(page)
    assert [action.isEnabled() for action in menu.actions()[:3]] == [False, True, False]
    menu.close()


def test_the_practice_market_is_steered_from_quick_actions(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = overview(windows)
    menu = quick_menu(page)
    by_text = {action.text(): action for action in menu.actions()}
    by_text["Pause the market"].trigger()
    by_text["Step one minute"].trigger()
    speeds = by_text["Market speed"].menu()
    assert isinstance(speeds, QMenu)
    speeds.actions()[2].trigger()
    settle()
    assert ("pause_practice", True) in windows.controls.calls
    assert ("step_practice", 60.0) in windows.controls.calls
    assert ("set_practice_speed", 20.0) in windows.controls.calls


def test_only_what_changed_is_drawn(make_windows: WindowMaker, monkeypatch: object) -> None:
    windows = make_windows()
    page = overview(windows)
    drawn: list[str] = []
    for name in ("markets", "card_api", "card_quota", "card_push", "card_upstream", "events", "services"):
        part = getattr(page, name)
        part.draw = lambda *_, name=name, **__: drawn.append(name)
    same: GatewaySnapshot = ready_snapshot()
    windows.show_snapshot(same)
    assert drawn == []
    windows.show_snapshot(replace(same, traffic=TrafficStatus(21.9, 932.0)))
    assert drawn == ["card_push"]
    drawn.clear()
    windows.show_snapshot(replace(same, traffic=TrafficStatus(21.9, 932.0), time=same.time + 1))
    assert drawn == ["markets"]


def test_services_panel_is_a_part_of_the_page(make_windows: WindowMaker) -> None:
    assert isinstance(overview(make_windows()).services, ServicesPanel)
