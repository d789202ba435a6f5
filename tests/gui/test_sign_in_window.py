"""The sign-in window: Enter is enough, wrong fields are told, failures offer a way out."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from core.model.controls import SignInRequest, SourceKind
from core.model.errors import UserFacingError
from tests.gui.conftest import WindowMaker, settle


def port_in_use() -> UserFacingError:
    return UserFacingError("port_in_use", port=11111, address="127.0.0.1", holder="", free_port=11113)


def test_enter_starts_practice_at_once(make_windows: WindowMaker) -> None:
    windows = make_windows()
    assert windows.sign_in.focusWidget() is windows.sign_in.button
    QTest.keyClick(windows.sign_in.focusWidget(), Qt.Key.Key_Return)
    settle()
    assert windows.controls.calls == [
        ("sign_in", SignInRequest(SourceKind.PRACTICE, 1.0, "127.0.0.1", 11111)),
    ]
    assert windows.flow.sign_in_window is None
    assert windows.main.isVisible()


def test_enter_works_from_a_tile(make_windows: WindowMaker) -> None:
    windows = make_windows()
    QTest.keyClick(windows.sign_in.tiles[SourceKind.PRACTICE], Qt.Key.Key_Enter)
    assert [name for name, _ in windows.controls.calls] == ["sign_in"]


@pytest.mark.parametrize(("key", "speed"), [("1", 1.0), ("5", 5.0), ("20", 20.0), ("0", 0.0)])
def test_speed_is_handed_over(make_windows: WindowMaker, key: str, speed: float) -> None:
    windows = make_windows()
    windows.sign_in.practice.speed_choice.choose(key)
    request = windows.sign_in.request()
    assert request is not None
    assert request.speed == speed


def test_a_speed_of_the_command_line_is_offered(make_windows: WindowMaker) -> None:
    window = make_windows(initial_speed=2.5).sign_in
    assert window.practice.speed == 2.5
    assert window.practice.speed_choice.buttons[-1].text() == "2.5×"


@pytest.mark.parametrize("source", [SourceKind.FUTUBULL, SourceKind.MOOMOO, SourceKind.REMOTE])
def test_other_sources_say_that_they_come_later(make_windows: WindowMaker, source: SourceKind) -> None:
    windows = make_windows()
    window = windows.sign_in
    window.tiles[source].setChecked(True)
    settle()
    assert window.later.isVisible()
    assert not window.practice.isVisible()
    assert not window.button.isEnabled()
    assert "not available" in window.button.toolTip()
    assert "not available" in window.hint.text()
    QTest.keyClick(window.tiles[source], Qt.Key.Key_Return)
    assert windows.controls.calls == []
    window.tiles[SourceKind.PRACTICE].setChecked(True)
    assert window.button.isEnabled()


def test_arrows_and_alt_digits_choose_a_tile(make_windows: WindowMaker) -> None:
    window = make_windows().sign_in
    window.tiles[SourceKind.PRACTICE].setFocus()
    QTest.keyClick(window.tiles[SourceKind.PRACTICE], Qt.Key.Key_Right)
    assert window.source is SourceKind.FUTUBULL
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert window.source is SourceKind.MOOMOO


def test_progress_locks_the_form_and_failure_gives_it_back(make_windows: WindowMaker) -> None:
    windows = make_windows()
    window = windows.sign_in
    windows.link.hold = True
    windows.controls.failure = port_in_use()
    window.button.click()
    assert window.button.text() == "Starting…"
    assert not window.button.isEnabled()
    assert not window.tiles[SourceKind.REMOTE].isEnabled()
    assert not window.endpoints.port.isEnabled()
    windows.link.release()
    assert window.button.isEnabled()
    assert window.focusWidget() is window.button
    assert "11111" in window.error.text


def test_a_port_in_use_offers_another(make_windows: WindowMaker) -> None:
    windows = make_windows()
    window = windows.sign_in
    windows.controls.failure = port_in_use()
    window.button.click()
    settle()
    link = window.error.findChild(QWidget, "link_usePort")
    assert link is not None
    assert link.isVisible()
    assert link.text() == "Use 11113"
    link.click()
    assert windows.controls.calls[-1] == ("sign_in", SignInRequest(SourceKind.PRACTICE, 1.0, "127.0.0.1", 11113))
    assert windows.flow.main_window is not None


def test_details_of_a_failure_can_be_copied(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.controls.failure = port_in_use()
    windows.sign_in.button.click()
    windows.sign_in.error.link_clicked.emit("copyDetails")
    assert "Code: port_in_use" in QGuiApplication.clipboard().text()


def test_an_unexpected_failure_is_shown_too(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.controls.failure = ZeroDivisionError()
    windows.sign_in.button.click()
    assert "ZeroDivisionError" in windows.sign_in.error.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Enter a port for the API server."),
        ("0", "Ports go from 1 to 65535."),
        ("65536", "Ports go from 1 to 65535."),
        ("１２", "Ports go from 1 to 65535."),
        ("abc", "Ports go from 1 to 65535."),
    ],
)
def test_a_wrong_port_is_told_and_does_not_start(make_windows: WindowMaker, text: str, sentence: str) -> None:
    windows = make_windows()
    window = windows.sign_in
    window.endpoints.port.setText(text)
    window.button.click()
    settle()
    assert windows.controls.calls == []
    assert window.more.isChecked()
    assert window.endpoints.message.text == sentence
    assert window.endpoints.port.property("invalid") == "true"
    assert window.endpoints.port.accessibleDescription() == sentence
    assert window.focusWidget() is window.endpoints.port
    window.endpoints.port.clear()
    QTest.keyClicks(window.endpoints.port, "12345")
    assert window.endpoints.message.text == "", "the error goes away as soon as the value is right"
    assert window.more.summary == "127.0.0.1:12345"


def test_a_free_port_may_be_asked_for(make_windows: WindowMaker) -> None:
    window = make_windows(api_endpoint=("127.0.0.1", 0)).sign_in
    request = window.request()
    assert request is not None
    assert request.api_port == 0


def test_other_addresses_can_be_chosen_with_a_warning(make_windows: WindowMaker) -> None:
    window = make_windows().sign_in
    window.more.set_open(True)
    box = window.endpoints.address
    box.setCurrentIndex(box.findData("0.0.0.0"))
    request = window.request()
    assert request is not None
    assert request.api_address == "0.0.0.0"
    assert "RSA key" in window.endpoints.message.text
    assert window.endpoints.validate(), "the warning does not block"


def test_services_that_come_later_are_visible_and_disabled(make_windows: WindowMaker) -> None:
    window = make_windows().sign_in
    window.more.set_open(True)
    settle()
    for name in ("wsAddr", "wsPort", "telnetAddr", "telnetPort"):
        widget = window.findChild(QWidget, name)
        assert widget is not None
        assert widget.isVisible()
        assert not widget.isEnabled()
        assert "later" in widget.toolTip()


def test_closing_quits_once(make_windows: WindowMaker) -> None:
    windows = make_windows()
    windows.sign_in.close()
    windows.flow.close()
    assert windows.quits == ["quit"]


def test_ctrl_q_quits(make_windows: WindowMaker) -> None:
    windows = make_windows()
    QTest.keyClick(windows.sign_in, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert windows.quits == ["quit"]


def test_size_and_title(make_windows: WindowMaker) -> None:
    window = make_windows(profile="second").sign_in
    assert (window.width(), window.height()) == (460, 622)
    assert window.windowTitle() == "Gatehouse (second)"
    window.more.set_open(True)
    settle()
    assert 622 <= window.height() <= 720


def test_tab_order_is_reading_order(make_windows: WindowMaker) -> None:
    window = make_windows().sign_in
    window.more.set_open(True)
    settle()
    window.tiles[SourceKind.PRACTICE].setFocus()
    seen: list[str] = []
    for _ in range(12):
        focused = window.focusWidget()
        assert focused is not None
        name = focused.objectName() or focused.accessibleName()
        if seen and name == seen[0]:
            break
        seen.append(name)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == ["srcPractice", "Market speed: Real time", "btnStart", "more", "apiAddr", "apiPort", "lang", "help"]
