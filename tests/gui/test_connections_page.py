"""The connections page: table, filter, details, and closing clients with the right question."""

from __future__ import annotations

import json
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from core.model.errors import UserFacingError
from gui.dialogs.confirm_dialog import ConfirmDialog
from gui.pages.connections.connections_page import ConnectionsPage
from gui.shell.navigation import CONNECTIONS as PAGE
from tests.gui.conftest import WindowMaker, Windows, settle
from tests.gui.fake_gateway import CONNECTIONS, empty_snapshot, ready_snapshot

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def connections(windows: Windows) -> ConnectionsPage:
    main = windows.enter()
    main.navigation.choose(PAGE)
    settle()
    assert main.connections is not None
    return main.connections


def column(page: ConnectionsPage, key: str) -> int:
    return [column.key for column in page.table.model.columns].index(key)


def shown(page: ConnectionsPage, key: str) -> list[str]:
    declared = page.table.model.columns[column(page, key)]
    return [declared.text(row) for row in page.table.shown_rows]


def test_rows_and_columns(make_windows: WindowMaker) -> None:
    page = connections(make_windows())
    assert page.count.text() == "6 of 128"
    assert shown(page, "colId") == ["481207", "481209", "481233", "481251", "481260", "481266"]
    assert shown(page, "colSince")[0] == "09:12:40"
    assert shown(page, "colEnc")[:2] == ["FTAES-ECB", "None"]
    assert shown(page, "colClient")[-1] == "unnamed"
    assert shown(page, "colBacklog")[4] == "1,204"
    visible = [declared.key for declared in page.table.visible_columns]
    assert visible == [
        "colId",
        "colClient",
        "colSdk",
        "colAddr",
        "colSince",
        "colEnc",
        "colFmt",
        "colReq",
        "colPush",
        "colBacklog",
        "colSubs",
    ]


def test_sorting_by_value_and_the_third_click(make_windows: WindowMaker) -> None:
    page = connections(make_windows())
    click = page.table.heading.sectionClicked.emit
    push = column(page, "colPush")
    click(push)
    assert shown(page, "colPush") == ["0", "24.0", "42.0", "61.0", "318", "486"], "numbers, not texts"
    click(push)
    assert shown(page, "colPush")[0] == "486"
    click(push)
    assert shown(page, "colId")[0] == "481207"
    assert page.table.heading.sorted_section == column(page, "colSince")


def test_the_selection_stays_with_its_item(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.table.heading.sectionClicked.emit(column(page, "colPush"))
    page.table.select_row(0)
    assert [row.connection_id for row in page.table.selected_rows] == [481266]
    busier = tuple(
        replace(row, pushes_per_second=9000.0 if row.connection_id == 481266 else row.pushes_per_second)
        for row in CONNECTIONS
        if row.connection_id != 481209
    )
    windows.show_snapshot(replace(ready_snapshot(), connections=busier))
    assert [row.connection_id for row in page.table.selected_rows] == [481266]
    assert shown(page, "colId")[-1] == "481266"
    for key in ("colId", "colClient", "colSdk", "colAddr", "colSince", "colEnc", "colReq", "colBacklog", "colSubs"):
        page.table.heading.sectionClicked.emit(column(page, key))
        assert [row.connection_id for row in page.table.selected_rows] == [481266], key


def test_a_live_column_is_sorted_again_later(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.table.heading.sectionClicked.emit(column(page, "colPush"))
    reversed_rates = tuple(replace(row, pushes_per_second=1000 - row.pushes_per_second) for row in CONNECTIONS)
    windows.show_snapshot(replace(ready_snapshot(), connections=reversed_rates))
    assert shown(page, "colId")[0] == "481266", "not at once"
    page.table._sort_timer.timeout.emit()
    assert shown(page, "colId")[0] == "481260"


def test_filter(make_windows: WindowMaker) -> None:
    page = connections(make_windows())
    QTest.keyClicks(page.filter, "192.168")
    assert shown(page, "colId") == ["481251", "481260"]
    QTest.keyClick(page.filter, Qt.Key.Key_Escape)
    assert page.filter.text() == ""
    assert len(page.table.shown_rows) == 6
    QTest.keyClicks(page.filter, "HK_")
    assert shown(page, "colClient") == ["hk_maker"]
    page.filter.setText("481260")
    assert shown(page, "colClient") == ["tick-recorder"]


def test_copying(make_windows: WindowMaker) -> None:
    page = connections(make_windows())
    page.table.select_row(0)
    QTest.keyClick(page.table.view, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().startswith("481207\thk_maker\tPython 10.02\t127.0.0.1:52814")
    QTest.keyClick(page.table.view, Qt.Key.Key_C, CONTROL | SHIFT)
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied["colId"] == 481207
    assert copied["colPush"] == 318
    page.table.view.selectAll()
    page.table.copy_rows()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 7
    assert lines[0].startswith("ID\tClient")


def test_delete_asks_when_there_are_subscriptions(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.table.select_row(0)
    QTest.keyClick(page.table.view, Qt.Key.Key_Delete)
    settle()
    asked = windows.main.findChild(ConfirmDialog)
    assert asked is not None
    assert asked.question.text() == "Close hk_maker?"
    assert "96 subscriptions" in asked.text.text()
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    settle()
    assert not [call for call in windows.controls.calls if call[0] == "close_connection"]
    page.details.btn_close.click()
    settle()
    again = windows.main.findChild(ConfirmDialog)
    assert again is not None
    again.destructive_button.click()
    assert windows.controls.calls[-1] == ("close_connection", 481207)
    assert windows.main.toasts.texts == ["Closed connection 481207"]


def test_an_idle_client_is_closed_without_asking(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.table.select_row(5)
    QTest.keyClick(page.table.view, Qt.Key.Key_Delete)
    assert windows.controls.calls[-1] == ("close_connection", 481266)


def test_several_are_closed_with_one_question(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.table.view.selectAll()
    QTest.keyClick(page.table.view, Qt.Key.Key_Delete)
    settle()
    asked = windows.main.findChild(ConfirmDialog)
    assert asked is not None
    asked.destructive_button.click()
    closed = [argument for name, argument in windows.controls.calls if name == "close_connection"]
    assert closed == [481207, 481209, 481233, 481251, 481260, 481266]


def test_close_all_asks(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.btn_close_all.click()
    settle()
    asked = windows.main.findChild(ConfirmDialog)
    assert asked is not None
    assert asked.question.text() == "Close all 6 connections?"
    asked.destructive_button.click()
    assert windows.controls.calls[-1] == ("close_all_connections", None)


def test_a_refused_close_is_told(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    windows.controls.failure = UserFacingError("unknown_connection", connection_id=481266)
    page.table.select_row(5)
    QTest.keyClick(page.table.view, Qt.Key.Key_Delete)
    settle()
    assert page.problem.text == "There is no connection 481266."


def test_row_menu_and_rows_that_wait_for_it(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    page.table.select_row(0)
    QTest.keyClick(page.table.view, Qt.Key.Key_F10, SHIFT)
    settle()
    menu = page.table.open_menu
    assert menu is not None
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["Copy cell", "Copy row", "Copy as JSON", "Close connection…"]
    windows.show_snapshot(replace(ready_snapshot(), connections=CONNECTIONS[:2]))
    assert len(page.table.shown_rows) == 6
    menu.close()
    settle()
    assert len(page.table.shown_rows) == 2


def test_column_chooser(make_windows: WindowMaker) -> None:
    page = connections(make_windows())
    menu = page.table.column_menu(page)
    actions = {action.text(): action for action in menu.actions()}
    assert not actions["Last seen"].isChecked()
    actions["Last seen"].trigger()
    actions["ID"].trigger()
    keys = [declared.key for declared in page.table.visible_columns]
    assert "colSeen" in keys
    assert "colId" not in keys
    state = page.table.layout_state()
    actions["Reset columns"].trigger()
    assert "colId" in [declared.key for declared in page.table.visible_columns]
    page.table.restore_layout(state)
    assert "colSeen" in [declared.key for declared in page.table.visible_columns]


def test_details_of_the_selected_connection(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = connections(windows)
    assert not page.details.btn_close.isVisible()
    page.table.select_row(4)
    page.details.btn_copy.click()
    block = QGuiApplication.clipboard().text()
    for line in ("Client: tick-recorder", "Connection ID: 481260", "Subscriptions: 64", "Last seen: 0.4 s ago"):
        assert line in block
    QTest.keyClick(page.table.view, Qt.Key.Key_Escape)
    assert not page.details.isVisible()
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert page.details.isVisible()


def test_nobody_connected(make_windows: WindowMaker) -> None:
    windows = make_windows(snapshot=empty_snapshot())
    page = connections(windows)
    assert page.empty.isVisible()
    assert "127.0.0.1:11111" in page.empty.sentence.text()
    assert not page.btn_close_all.isEnabled()
    assert page.btn_close_all.toolTip() == "No client is connected."
    page.empty.button.click()
    assert "OpenQuoteContext('127.0.0.1', 11111)" in QGuiApplication.clipboard().text()
    windows.show_snapshot(replace(empty_snapshot(), listeners=()))
    assert "does not listen" in page.empty.sentence.text()
    windows.show_snapshot(ready_snapshot())
    assert page.table.isVisible()
