"""The checks that hold for every screen: names, nothing cut off, one language at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from core.model.controls import SourceKind
from core.model.errors import UserFacingError
from core.model.translation import CHINESE, ENGLISH
from gui.pages.trading.book_card import DETAILS, FILLS, FUNDS, ORDERS, POSITIONS
from gui.shell.navigation import CONNECTIONS
from gui.shell.navigation import TRADING as TRADING_PAGE
from gui.widgets.account_button import AccountButton
from gui.widgets.data_table import DataTable
from gui.widgets.disclosure import Disclosure
from gui.widgets.figure_cell import FigureCell
from gui.widgets.labels import ElidedLabel
from gui.widgets.sorted_rows import SortedRows
from gui.widgets.source_tile import SourceTile
from gui.widgets.status_item import StatusItem
from tests.gui.conftest import WindowMaker, Windows, settle
from tests.gui.fake_gateway import empty_snapshot, ready_snapshot
from tests.gui.fake_trading import OLD_ACCOUNT, TRADING

# Texts that are not words of a language: names, protocol terms, figures, addresses.
_NOT_WORDS = re.compile(
    r"Gatehouse|OpenD|moomoo|Practice_started|API|SDK|ID|HK|US|JSON|Protobuf|Python|JavaScript|Java|C\+\+|Go|RSA|Qt|"
    r"FTAES-ECB|AES-CBC|TLS|WebSocket|Telnet|English|hk_maker|signal_daily|desk-dashboard|risk-monitor|tick-recorder|"
    r"night_scan|mm-rebalance|Tencent|Alibaba-W|Meituan-W|Xiaomi-W|Ping An|HSBC|Apple|AAPL|SH|Moomoo|Practice broker|"
    r"Del|TWAP|VWAP|Ctrl|Shift|UTC|KB|MB|from futu import|q = OpenQuoteContext|Apache|A 股|K 线|x|/s"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Screen:
    """A window in a state, to be looked at."""

    windows: Windows
    window: QWidget


TRADING_TABS = (POSITIONS, ORDERS, FILLS, FUNDS, DETAILS)
SCREENS = (
    "sign-in",
    "sign-in more",
    "sign-in later",
    "sign-in error",
    "overview",
    "connections",
    "nobody",
    *(f"trading {tab}" for tab in TRADING_TABS),
    "trading locked",
    "trading old",
)


def open_screen(make_windows: WindowMaker, name: str, language: str = ENGLISH, text_size: float = 1.0) -> Screen:
    windows = make_windows(language, text_size=text_size, snapshot=empty_snapshot() if name == "nobody" else None)
    if name.startswith("sign-in"):
        window = windows.sign_in
        if name == "sign-in more":
            window.more.set_open(True)
        elif name == "sign-in later":
            window.tiles[SourceKind.REMOTE].setChecked(True)
        elif name == "sign-in error":
            windows.controls.failure = UserFacingError(
                "port_in_use", port=11111, address="127.0.0.1", holder="", free_port=11113
            )
            window.button.click()
        settle()
        return Screen(windows, window)
    main = windows.enter()
    main.resize(1024, 680)
    if name in ("connections", "nobody"):
        main.navigation.choose(CONNECTIONS)
        if main.connections is not None and name == "connections":
            main.connections.table.select_row(0)
    if name.startswith("trading"):
        _open_trading(windows, name.removeprefix("trading "))
    settle()
    return Screen(windows, main)


def _open_trading(windows: Windows, what: str) -> None:
    main = windows.main
    main.navigation.choose(TRADING_PAGE)
    settle()
    page = main.trading
    assert page is not None
    page.book.orders.table.table.select_row(0)
    if what in TRADING_TABS:
        page.book.tabs.choose(what)
    elif what == "locked":
        windows.show_snapshot(replace(ready_snapshot(), trading=replace(TRADING, locked_everything=True)))
    else:
        row = page.accounts.model.row_of(OLD_ACCOUNT)
        page.accounts.view.setCurrentIndex(page.accounts.model.index(row))


def visible(window: QWidget) -> Iterator[QWidget]:
    return (widget for widget in window.findChildren(QWidget) if widget.isVisible())


@pytest.mark.parametrize("name", SCREENS)
def test_every_interactive_widget_has_a_name(make_windows: WindowMaker, name: str) -> None:
    window = open_screen(make_windows, name).window
    nameless = [
        widget.objectName() or type(widget).__name__
        for widget in visible(window)
        if isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView)
        and not widget.accessibleName()
        and widget.parent() is not None
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), QComboBox | QAbstractItemView)
        and type(widget).__module__ != "PySide6.QtWidgets"
    ]
    assert nameless == []


@pytest.mark.parametrize("text_size", [1.0, 1.3])
@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
@pytest.mark.parametrize("name", SCREENS)
def test_nothing_is_cut_off(make_windows: WindowMaker, name: str, language: str, text_size: float) -> None:
    window = open_screen(make_windows, name, language, text_size).window
    cut: list[str] = []
    for widget in visible(window):
        if isinstance(widget, QLabel) and widget.text() and not isinstance(widget, ElidedLabel):
            if widget.textFormat() is Qt.TextFormat.RichText:
                continue
            wraps = widget.wordWrap()
            fits = widget.height() >= widget.heightForWidth(widget.width()) if wraps else True
            fits = fits and (wraps or widget.width() >= widget.sizeHint().width())
        elif isinstance(widget, FigureCell):
            fits = widget.fits or text_size > 1
        elif isinstance(widget, StatusItem) and widget.objectName() == "statusUpstream":
            fits = True  # may be elided; the whole text is its tooltip
        elif isinstance(widget, SourceTile | QPushButton) and not isinstance(widget, Disclosure | AccountButton):
            fits = widget.width() >= widget.sizeHint().width()
        elif isinstance(widget, QComboBox):
            fits = widget.width() >= QFontMetrics(widget.font()).horizontalAdvance(widget.currentText()) + 34
        else:
            continue
        if not fits:
            cut.append(f"{widget.objectName() or type(widget).__name__}: {getattr(widget, 'text', str)()}")
    assert cut == []


def shown_table(screen: Screen) -> DataTable:
    return next(widget for widget in visible(screen.window) if isinstance(widget, DataTable))


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
@pytest.mark.parametrize("name", ["connections", *(f"trading {tab}" for tab in TRADING_TABS[:4])])
def test_table_titles_are_not_cut_off(make_windows: WindowMaker, name: str, language: str) -> None:
    screen = open_screen(make_windows, name, language)
    metrics = QFontMetrics(screen.windows.flow.theme.font("small", 500))
    table = shown_table(screen)
    cut = [
        column.title
        for number, column in enumerate(table.model.columns)
        if not table.heading.isSectionHidden(number)
        and table.heading.sectionSize(number)
        < metrics.horizontalAdvance(column.title) + 16 + (14 if number == table.heading.sorted_section else 0)
    ]
    assert cut == []
    used = sum(table.heading.sectionSize(number) for number in range(table.heading.count()))
    assert used <= table.view.viewport().width(), f"{used} of {table.view.viewport().width()}"


def shown_texts(window: QWidget) -> set[str]:
    texts: set[str] = set()
    for widget in [window, *visible(window)]:
        texts |= {widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()}
        if isinstance(widget, QLabel | QAbstractButton):
            texts.add(widget.text())
        if isinstance(widget, QLineEdit):
            texts.add(widget.placeholderText())
        if isinstance(widget, QComboBox):
            texts.add(widget.currentText())
        if isinstance(widget, SourceTile | AccountButton):
            texts.add(widget.line)
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            columns = range(model.columnCount()) if isinstance(model, SortedRows) else range(1)
            for row in range(model.rowCount()):
                texts |= {str(model.index(row, column).data() or "") for column in columns}
            if isinstance(model, SortedRows):
                texts |= {str(model.headerData(number, Qt.Orientation.Horizontal) or "") for number in columns}
    return {re.sub(r"<[^>]+>", "", text) for text in texts if text}


def english_in(texts: set[str]) -> list[str]:
    return sorted(text for text in texts if re.search(r"[A-Za-z]{2,}", _NOT_WORDS.sub("", text)))


def chinese_in(texts: set[str]) -> list[str]:
    return sorted(text for text in texts if _CHINESE.search(text.replace("简体中文", "")))


@pytest.mark.parametrize("name", SCREENS)
def test_a_language_switch_leaves_nothing_behind(make_windows: WindowMaker, name: str) -> None:
    screen = open_screen(make_windows, name, ENGLISH)
    language = screen.windows.flow.language
    first = shown_texts(screen.window)
    assert chinese_in(first) == []
    language.choose(CHINESE)
    settle()
    assert english_in(shown_texts(screen.window)) == []
    language.choose(ENGLISH)
    settle()
    assert shown_texts(screen.window) == first


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_switch_works_on_every_screen(make_windows: WindowMaker, theme: str) -> None:
    screen = open_screen(make_windows, "connections")
    screen.windows.flow.theme.set_choice(theme)
    settle()
    corner = screen.window.grab().toImage().pixelColor(screen.window.width() - 4, 200)
    assert corner.name().upper() == screen.windows.flow.theme.colour_text("background")


def test_price_colours_follow_the_language(make_windows: WindowMaker) -> None:
    windows = make_windows(ENGLISH)
    green = windows.flow.theme.colour_text("market.up")
    windows.flow.language.choose(CHINESE)
    assert windows.flow.theme.colour_text("market.down") == green


@pytest.mark.parametrize(
    ("name", "objects"),
    [
        (
            "sign-in more",
            "srcPractice srcFutubull srcMoomoo srcRemote practiceNote practiceSpeed btnStart more apiAddr apiPort "
            "wsAddr wsPort telnetAddr telnetPort lang help version",
        ),
        (
            "overview",
            "nav navOverview navConnections accountButton statusState statusApi statusUpstream statusConns statusQuota "
            "statusTime chip uptime quick markets cardApi cardQuota cardPush cardUpstream events services snippet",
        ),
        ("connections", "filter btnColumns btnCloseAll connectionsTable tabDetails btnClose"),
        (
            "trading orders",
            "navTrading statusLocks chipEnv lockCard_FUTU_HK lockCard_MOOMOO_US btnLock_FUTU_HK btnUnlock_MOOMOO_US "
            "lockAll accounts funds tabs updated btnRefresh ordFilter ordSearch btnCancelOpen orders positions fills "
            "detail timeline btnCopyOrder btnCancelOrder",
        ),
    ],
)
def test_object_names_of_the_specification(make_windows: WindowMaker, name: str, objects: str) -> None:
    window = open_screen(make_windows, name).window
    missing = [wanted for wanted in objects.split() if window.findChild(QWidget, wanted) is None]
    assert missing == []


def test_main_window_tab_order(make_windows: WindowMaker) -> None:
    screen = open_screen(make_windows, "overview")
    screen.window.resize(1280, 800)
    settle()
    start = screen.windows.main.navigation.buttons["overview"]
    order: list[str] = []
    widget: QWidget | None = start
    while widget is not None:
        if (
            widget.isVisible()
            and widget.isEnabled()
            and widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
            and (widget.objectName() or widget.accessibleName())
        ):
            order.append(widget.objectName() or widget.accessibleName())
        widget = widget.nextInFocusChain()
        if widget is start:
            break
    wanted = [
        "navOverview",
        "accountButton",
        "quick",
        "cardApi",
        "Show events: All",
        "events",
        "copy_api",
        "copySnippet",
        "statusState",
        "statusApi",
    ]
    assert [name for name in order if name in wanted] == wanted


def test_tab_order_of_the_trading_page(make_windows: WindowMaker) -> None:
    screen = open_screen(make_windows, "trading orders")
    screen.window.resize(1280, 800)
    settle()
    start = screen.windows.main.navigation.buttons["overview"]
    order: list[str] = []
    widget: QWidget | None = start
    while widget is not None:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value:
            order.append(widget.objectName() or widget.accessibleName())
        widget = widget.nextInFocusChain()
        if widget is start:
            break
    wanted = [
        "btnLock_FUTU_HK",
        "btnUnlock_MOOMOO_US",
        "lockAll",
        "accounts",
        "Orders 37",
        "btnRefresh",
        "btnColumns",
        "Show orders: All",
        "ordSearch",
        "btnCancelOpen",
        "orders",
        "timeline",
        "btnCopyOrder",
        "btnCancelOrder",
        "statusState",
        "statusLocks",
    ]
    assert [name for name in order if name in wanted] == wanted
