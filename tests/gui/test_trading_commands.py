"""What the trading page asks for: the question of each command, what is done, and what is never done by accident."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from core.model.errors import UserFacingError
from core.model.trading import OrderStatus, SecurityFirm
from gui.dialogs.confirm_dialog import ConfirmDialog
from gui.dialogs.lock_dialog import LockDialog
from gui.dialogs.unlock_dialog import UnlockDialog
from gui.pages.trading.trading_page import TradingPage
from gui.shell.navigation import TRADING as PAGE
from gui.widgets.buttons import TextButton
from tests.gui.conftest import WindowMaker, Windows, settle
from tests.gui.fake_gateway import ready_snapshot, signed_out_snapshot
from tests.gui.fake_trading import MARGIN_ACCOUNT, ORDERS, PARTLY, TRADING

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SECRET = "a-secret-of-mine"


def trading(windows: Windows) -> TradingPage:
    main = windows.enter()
    main.navigation.choose(PAGE)
    settle()
    assert main.trading is not None
    return main.trading


def calls(windows: Windows, name: str) -> list[object]:
    return [argument for called, argument in windows.controls.calls if called == name]


def confirm_dialog(windows: Windows) -> ConfirmDialog:
    settle()
    found = windows.main.findChildren(ConfirmDialog)
    assert len(found) == 1
    return found[0]


def unlock_dialog(windows: Windows, page: TradingPage) -> UnlockDialog:
    page.locks.firms[SecurityFirm.MOOMOO_US].btn_unlock.click()
    settle()
    found = windows.main.findChild(UnlockDialog)
    assert found is not None
    assert found.isModal()
    return found


def test_delete_asks_and_names_order_account_and_kind(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.table.table.select_row(0)
    QTest.keyClick(page.book.orders.table.table.view, Qt.Key.Key_Delete)
    asked = confirm_dialog(windows)
    assert asked.windowTitle() == "Cancel order, Practice"
    assert asked.text.text() == ("Buy 400 HK.00700 at 512.00, 200 filled, 200 waiting. Practice, FUTU HK 2817••••4406.")
    assert asked.focusWidget() is asked.safe_button
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    settle()
    assert calls(windows, "cancel_order") == []
    page.book.orders.details.btn_cancel.click()
    confirm_dialog(windows).destructive_button.click()
    assert calls(windows, "cancel_order") == [(MARGIN_ACCOUNT, PARTLY.order_id)]
    assert windows.main.toasts.texts == ["Asked to cancel the order"]


def test_a_finished_order_is_not_asked_about(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.table.table.select_row(3)
    QTest.keyClick(page.book.orders.table.table.view, Qt.Key.Key_Delete)
    settle()
    assert windows.main.findChildren(ConfirmDialog) == []


def test_several_selected_orders_are_cancelled_with_one_question(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.table.table.view.selectAll()
    QTest.keyClick(page.book.orders.table.table.view, Qt.Key.Key_Delete)
    asked = confirm_dialog(windows)
    assert asked.question.text() == "Cancel 3 orders?"
    asked.destructive_button.click()
    assert [argument[1] for argument in calls(windows, "cancel_order")] == [row.order_id for row in ORDERS[:3]]  # type: ignore[index]


def test_the_row_says_cancelling_until_the_answer(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.table.table.select_row(1)
    page.book.orders.details.btn_cancel.click()
    windows.link.hold = True
    confirm_dialog(windows).destructive_button.click()
    settle()
    assert page.book.orders.selected[0].status is OrderStatus.CANCELLING_ALL
    windows.link.release()
    settle()
    assert page.book.orders.selected[0].status is OrderStatus.SUBMITTED, "as the broker says"


def test_a_refused_cancel_is_told(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.table.table.select_row(0)
    page.book.orders.details.btn_cancel.click()
    windows.controls.failure = UserFacingError("unknown_connection", connection_id=3)
    confirm_dialog(windows).destructive_button.click()
    settle()
    assert page.problem.text == "There is no connection 3."
    assert windows.main.toasts.texts == []


def test_cancel_open_lists_the_count_and_the_kind(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.orders.btn_cancel_open.click()
    asked = confirm_dialog(windows)
    assert asked.windowTitle() == "Cancel open orders, Practice"
    assert asked.text.text() == "3 open orders. Practice, FUTU HK 2817••••4406."
    assert asked.destructive_button.isEnabled()
    asked.destructive_button.click()
    assert calls(windows, "cancel_open_orders") == [MARGIN_ACCOUNT]
    assert windows.main.toasts.texts == ["3 orders were cancelled"]


def test_for_real_orders_the_button_waits(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    real = ready_snapshot()
    windows.show_snapshot(replace(real, time=real.time + 1, upstream=replace(real.upstream, simulated=False)))
    page.book.orders.btn_cancel_open.click()
    asked = confirm_dialog(windows)
    assert asked.windowTitle() == "Cancel open orders, Real"
    assert not asked.destructive_button.isEnabled()


def test_reset_asks_first(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    page.book.tabs.choose("funds")
    page.book.funds.btn_reset.click()
    asked = confirm_dialog(windows)
    assert asked.windowTitle() == "Reset practice account, Practice"
    QTest.keyClick(asked, Qt.Key.Key_Return)
    settle()
    assert calls(windows, "reset_practice_account") == []
    page.book.funds.btn_reset.click()
    confirm_dialog(windows).destructive_button.click()
    assert calls(windows, "reset_practice_account") == [MARGIN_ACCOUNT]


@pytest.mark.parametrize("also_cancel", [False, True])
def test_lock_everything_asks_and_can_cancel(make_windows: WindowMaker, also_cancel: bool) -> None:
    windows = make_windows()
    page = trading(windows)
    QTest.keyClick(page.locks.all.switch, Qt.Key.Key_Space)
    settle()
    asked = windows.main.findChild(LockDialog)
    assert asked is not None
    assert not page.locks.all.switch.isChecked(), "not before it is so"
    assert "3 open orders are not touched." in asked.text.text()
    assert asked.tick.text() == "Also cancel the 3 open orders"
    asked.tick.setChecked(also_cancel)
    asked.lock_button.click()
    assert calls(windows, "lock_everything") == [(True, also_cancel)]
    cancelled = ", 3 orders were cancelled" if also_cancel else ""
    assert windows.main.toasts.texts == [f"All trading is locked{cancelled}"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_esc_and_enter_lock_nothing(make_windows: WindowMaker, key: Qt.Key) -> None:
    windows = make_windows()
    trading(windows).locks.all.switch.click()
    settle()
    asked = windows.main.findChild(LockDialog)
    assert asked is not None
    QTest.keyClick(asked, key)
    settle()
    assert calls(windows, "lock_everything") == []


def test_without_open_orders_there_is_no_tick_box(make_windows: WindowMaker) -> None:
    windows = make_windows(snapshot=replace(ready_snapshot(), trading=replace(TRADING, open_orders=0)))
    trading(windows).locks.all.switch.click()
    settle()
    asked = windows.main.findChild(LockDialog)
    assert asked is not None
    assert not asked.tick.isVisible()
    assert "not touched" not in asked.text.text()


def test_the_emergency_key_locks_at_once_from_every_page(make_windows: WindowMaker) -> None:
    windows = make_windows()
    main = windows.enter()
    QTest.keyClick(main, Qt.Key.Key_L, CONTROL | SHIFT)
    settle()
    assert main.findChild(LockDialog) is None
    assert calls(windows, "lock_everything") == [(True, False)]
    toast = main.toasts.shown[0]
    button = toast.findChild(TextButton, "toastAction")
    assert button is not None
    assert (toast.label.text(), button.text()) == ("All trading is locked", "Unlock")
    button.click()
    settle()
    assert calls(windows, "lock_everything") == [(True, False), (False, False)]
    assert main.toasts.texts == ["Orders are accepted again; the locks of firms stay"]


def test_turning_it_off_needs_no_question(make_windows: WindowMaker) -> None:
    windows = make_windows(snapshot=replace(ready_snapshot(), trading=replace(TRADING, locked_everything=True)))
    trading(windows).locks.all.switch.click()
    settle()
    assert calls(windows, "lock_everything") == [(False, False)]


def test_unlocking_a_firm(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    dialog = unlock_dialog(windows, page)
    assert dialog.windowTitle() == "Unlock trading, Practice"
    assert dialog.focusWidget() is dialog.field
    QTest.keyClicks(dialog.field, SECRET)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    settle()
    assert calls(windows, "unlock_trade") == [(SecurityFirm.MOOMOO_US, SECRET)]
    assert windows.main.findChild(UnlockDialog) is None
    assert windows.main.toasts.texts == ["Moomoo US is unlocked"]


def test_a_wrong_password_is_told_and_the_field_is_empty_after_each_try(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    dialog = unlock_dialog(windows, page)
    dialog.unlock_button.click()
    assert dialog.problem.text == "Enter the trading password."
    windows.controls.failure = UserFacingError("unknown_connection", connection_id=2)
    QTest.keyClicks(dialog.field, SECRET)
    assert dialog.problem.text == "", "gone as soon as something else is typed"
    dialog.unlock_button.click()
    settle()
    assert dialog.isVisible()
    assert dialog.field.text() == ""
    assert dialog.problem.text == "There is no connection 2."
    assert dialog.field.accessibleDescription() == dialog.problem.text
    assert dialog.unlock_button.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    assert windows.main.findChild(UnlockDialog) is None


def test_while_unlocking_the_button_waits_and_closing_abandons(make_windows: WindowMaker) -> None:
    windows = make_windows()
    page = trading(windows)
    dialog = unlock_dialog(windows, page)
    windows.link.hold = True
    QTest.keyClicks(dialog.field, SECRET)
    dialog.unlock_button.click()
    assert (dialog.unlock_button.text(), dialog.unlock_button.isEnabled()) == ("Unlocking…", False)
    assert dialog.field.text() == ""
    windows.link.release()
    settle()
    assert windows.main.toasts.texts == ["Moomoo US is unlocked"]


def test_the_password_is_seen_only_while_it_is_typed(make_windows: WindowMaker) -> None:
    windows = make_windows()
    dialog = unlock_dialog(windows, trading(windows))
    QTest.keyClicks(dialog.field, SECRET)
    assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
    dialog.field.eye.trigger()
    assert dialog.field.is_revealed
    dialog.field._timer.timeout.emit()
    assert not dialog.field.is_revealed
    dialog.field.eye.trigger()
    dialog.cancel_button.setFocus()
    settle()
    assert not dialog.field.is_revealed
    dialog.reject()


def test_signing_out_with_the_dialog_open_closes_it(make_windows: WindowMaker) -> None:
    windows = make_windows()
    dialog = unlock_dialog(windows, trading(windows))
    QTest.keyClicks(dialog.field, SECRET)
    dialog.field.eye.trigger()
    windows.show_snapshot(signed_out_snapshot())
    assert windows.flow.main_window is None
    assert windows.sign_in.isVisible()


def test_the_password_is_found_nowhere(
    make_windows: WindowMaker, caplog: pytest.LogCaptureFixture, tmp_path: object
) -> None:
    windows = make_windows()
    page = trading(windows)
    QGuiApplication.clipboard().setText("")
    with caplog.at_level(logging.DEBUG):
        dialog = unlock_dialog(windows, page)
        QTest.keyClicks(dialog.field, SECRET)
        dialog.field.selectAll()
        dialog.field.copy()
        dialog.unlock_button.click()
        settle()
    windows.main.save_places()
    assert SECRET not in caplog.text
    assert SECRET not in QGuiApplication.clipboard().text()
    assert all(SECRET not in text for text in windows.main.toasts.texts)
    stored = windows.preferences._settings
    assert all(SECRET not in str(stored.value(key)) for key in stored.allKeys())
