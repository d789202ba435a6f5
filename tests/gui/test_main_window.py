"""The main window: pages, keys, status bar, and ways out that ask first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.model.errors import UserFacingError
from core.model.status import GatewayState, QuotaStatus
from gui.dialogs.confirm_dialog import ConfirmDialog
from gui.dialogs.text_dialog import TextDialog
from gui.shell.navigation import CONNECTIONS
from tests.gui.conftest import WindowMaker, Windows, settle
from tests.gui.fake_gateway import empty_snapshot, ready_snapshot, signed_out_snapshot

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def dialog(windows: Windows) -> ConfirmDialog:
    settle()
    found = windows.main.findChildren(ConfirmDialog)
    assert len(found) == 1
    assert found[0].isVisible()
    assert found[0].isModal()
    return found[0]


def test_pages_by_key_and_built_on_the_first_visit(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    assert main.overview is not None
    assert main.overview.isVisible()
    assert main.connections is None
    QTest.keyClick(main, Qt.Key.Key_2, CONTROL)
    assert main.connections is not None
    assert main.connections.isVisible()
    assert main.navigation.buttons[CONNECTIONS].isChecked()
    QTest.keyClick(main, Qt.Key.Key_1, CONTROL)
    assert main.overview.isVisible()


def test_status_bar_says_the_same_as_the_chip(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    bar = main.status_bar
    assert main.overview is not None
    assert bar.state.text() == main.overview.chip.text() == "READY, practice"
    assert bar.api.text() == "API 127.0.0.1:11111"
    assert bar.upstream.whole_text == "Built-in exchange (simulated), always open, 1x"
    assert bar.connections.text() == "Connections 6/128"
    assert bar.quota.text() == "Quota 168/1,000"
    assert bar.time.text() == "Beijing 14:32:07"
    assert main.navigation.buttons[CONNECTIONS].badge == "6"
    windows.show_snapshot(replace(ready_snapshot(), state=GatewayState.NOT_SERVING, listeners=()))
    assert bar.state.text() == main.overview.chip.text() == "Not serving"
    assert main.overview.chip.kind == "error"
    assert bar.api.text() == "API: Off"
    assert not bar.api.isEnabled()


def test_a_nearly_used_quota_is_a_warning(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    assert main.status_bar.quota.property("inkToken") in (None, "")
    windows.show_snapshot(replace(ready_snapshot(), quota=QuotaStatus(926, 1000, 0, 100, 0)))
    assert main.status_bar.quota.property("inkToken") == "warn"


def test_api_address_is_copied_by_key_and_by_item(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    for copy in (lambda: QTest.keyClick(main, Qt.Key.Key_A, CONTROL | SHIFT), main.status_bar.api.click):
        QGuiApplication.clipboard().setText("")
        copy()
        assert QGuiApplication.clipboard().text() == "127.0.0.1:11111"
    assert main.toasts.texts == ["Copied 127.0.0.1:11111"] * 2


def test_navigation_collapses_in_narrow_windows(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    main.resize(1280, 800)
    settle()
    assert main.navigation.width() == 196
    main.resize(1024, 680)
    settle()
    assert main.navigation.width() == 56
    assert main.navigation.buttons[CONNECTIONS].toolTip() == "Connections  Ctrl+2"
    main.resize(400, 300)
    assert (main.width(), main.height()) == (1024, 680)


def test_f6_walks_the_panes(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    names: list[str] = []
    for _ in range(6):
        QTest.keyClick(main, Qt.Key.Key_F6)
        focused = main.focusWidget()
        assert focused is not None
        names.append(focused.objectName() or focused.accessibleName())
    assert names[:4] == ["navOverview", "quick", "cardApi", "Show events: All"]
    assert names[5] == "statusState"
    QTest.keyClick(main, Qt.Key.Key_F6, SHIFT)
    QTest.keyClick(main, Qt.Key.Key_F6, SHIFT)
    back = main.focusWidget()
    assert back is not None
    assert back.accessibleName() == "Show events: All"


def test_without_clients_closing_quits_at_once(make_windows: WindowMaker) -> None:
    windows = make_windows(snapshot=empty_snapshot())
    main = windows.enter()
    main.close()
    assert windows.quits == ["quit"]
    assert main.status_bar.state.text() == "Stopping…"
    main.close()
    assert windows.quits == ["quit"], "asked to stop only once"


@pytest.mark.parametrize("how", ["window", "Ctrl+Q", "Ctrl+W"])
def test_with_clients_quitting_asks_and_esc_stays(make_windows: WindowMaker, how: str) -> None:
    windows = make_windows()
    main = windows.enter()
    if how == "window":
        main.close()
    else:
        QTest.keyClick(main, Qt.Key.Key_Q if how == "Ctrl+Q" else Qt.Key.Key_W, CONTROL)
    asked = dialog(windows)
    assert asked.question.text() == "6 clients are still connected"
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    settle()
    assert windows.quits == []
    assert main.isVisible()


def test_enter_in_the_quit_dialog_is_the_safe_answer(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.enter().close()
    asked = dialog(windows)
    assert asked.focusWidget() is asked.safe_button
    QTest.keyClick(asked, Qt.Key.Key_Return)
    settle()
    assert windows.quits == []
    windows.main.close()
    dialog(windows).destructive_button.click()
    assert windows.quits == ["quit"]


def test_signing_out_asks_and_shows_the_sign_in_window_again(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.enter().ask_to_sign_out()
    dialog(windows).destructive_button.click()
    settle()
    assert windows.controls.calls[-1] == ("sign_out", None)
    assert windows.flow.main_window is None
    assert windows.sign_in.isVisible()
    assert windows.enter().isVisible()


def test_a_sign_out_from_elsewhere_is_followed(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.enter()
    windows.show_snapshot(signed_out_snapshot())
    assert windows.flow.main_window is None
    assert windows.sign_in.isVisible()


def test_an_old_snapshot_right_after_signing_in_is_no_sign_out(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.controls.after_sign_in = signed_out_snapshot()
    assert windows.enter().isVisible()
    windows.show_snapshot(ready_snapshot())
    assert windows.main.isVisible()


def test_account_menu(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    main.navigation.account.click()
    settle()
    menu = main.findChild(QMenu, "accountMenu")
    assert menu is not None
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["Language", "Theme", "Text size", "Help", "About Gatehouse", "Sign out…", "Quit Gatehouse…"]
    themes = next(action for action in menu.actions() if action.text() == "Theme").menu()
    assert isinstance(themes, QMenu)
    next(action for action in themes.actions() if action.text() == "Dark").trigger()
    assert windows.flow.theme.name == "dark"
    assert windows.preferences.theme == "dark"
    menu.close()


def test_text_size_is_taken_at_once(make_windows: WindowMaker) -> None:
    windows = make_windows()
    first = windows.enter()
    height = first.status_bar.height()
    first.text_size_wanted.emit(1.3)
    settle()
    assert windows.main.status_bar.height() == round(height * 1.3)
    assert windows.preferences.text_size == 1.3


def test_about_and_help_tell_the_truth(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    QTest.keyClick(main, Qt.Key.Key_F1)
    settle()
    shown = main.findChild(TextDialog)
    assert shown is not None
    assert "127.0.0.1:11111" in " ".join(label.text() for label in shown.findChildren(type(main.status_bar.time)))
    QTest.keyClick(shown, Qt.Key.Key_Escape)


def test_a_failed_command_is_told_on_the_page(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    assert main.overview is not None
    main.show_problem(UserFacingError("unknown_connection", connection_id=5))
    settle()
    assert main.overview.problem.isVisible()
    assert main.overview.problem.text == "There is no connection 5."
    main.show_result("done")
    assert main.overview.problem.text == ""


def test_toasts_wait_and_are_limited(make_windows: WindowMaker) -> None:
    main = make_windows().enter()
    for number in range(30):
        main.show_result(str(number))
    assert main.toasts.texts == ["0", "1"]
    main.toasts.clear()
    assert main.toasts.texts == []


def test_the_place_is_remembered(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.enter().resize(1024, 700)
    windows.main.save_places()
    again = make_windows()
    main = again.enter()
    assert (main.width(), main.height()) == (1024, 700)
