"""The trading commands of the main window: locks and cancels, each with the question it needs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.model.controls import GatewayControls
from core.model.errors import UserFacingError
from core.model.status import GatewaySnapshot
from core.model.trading import SecurityFirm
from core.model.trading_status import AccountRow, OrderRow
from gui.bridge.gateway_link import GatewayLink
from gui.dialogs.confirm_dialog import ConfirmDialog
from gui.dialogs.lock_dialog import LockDialog
from gui.dialogs.unlock_dialog import UnlockDialog, UnlockTexts
from gui.language.figures import price_text, quantity_text
from gui.language.problem_texts import problem_sentence
from gui.language.trading_words import REAL, SIDE_WORDS, account_kind, account_title, firm_name, masked
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme

if TYPE_CHECKING:
    from gui.pages.trading.trading_page import TradingPage

# Before many real orders are cancelled the button waits this long.
_REAL_WAIT_MS: Final = 1000


class TradingCommands(QObject):
    """One per main window. `cancelling` carries the orders whose cancelling is not answered yet.

    `done` follows every command that may have changed something.
    """

    cancelling = Signal(object)
    done = Signal()

    def __init__(
        self,
        theme: Theme,
        language: WindowLanguage,
        controls: GatewayControls,
        link: GatewayLink,
        window: QWidget,
        show_result: Callable[[str], None],
        show_action: Callable[[str, str, Callable[[], None]], None],
        show_problem: Callable[[Exception], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._language = language
        self._controls = controls
        self._link = link
        self._window = window
        self._show_result = show_result
        self._show_action = show_action
        self._show_problem = show_problem
        self._snapshot: GatewaySnapshot | None = None
        self._cancelling: frozenset[int] = frozenset()

    def serve(self, page: TradingPage) -> None:
        """Do what the page asks for, and let it see what came of it."""
        page.lock_wanted.connect(self.lock)
        page.unlock_wanted.connect(self.ask_to_unlock)
        page.lock_all_wanted.connect(self.ask_to_lock_everything)
        page.cancel_wanted.connect(self.ask_to_cancel)
        page.cancel_open_wanted.connect(self.ask_to_cancel_open)
        page.reset_wanted.connect(self.ask_to_reset)
        self.cancelling.connect(page.show_cancelling)
        self.done.connect(page.ask_again)

    def follow(self, snapshot: GatewaySnapshot) -> None:
        """Questions are asked about this state of things from now on."""
        self._snapshot = snapshot

    # ---- locks

    def ask_to_unlock(self, firm: SecurityFirm) -> None:
        """Ask for the trading password until the firm is unlocked or the dialog closed."""
        dialog = UnlockDialog(self._theme, self._window, self._unlock_texts(self._firm(firm)))
        dialog.unlock_wanted.connect(lambda password: self._unlock(dialog, firm, password))
        dialog.finished.connect(lambda _: self._link.cancel_owned(dialog))
        dialog.open()

    def lock(self, firm: SecurityFirm) -> None:
        """Lock a firm at once."""
        name = self._firm(firm)
        self._submit(
            f"lock {firm.name}",
            self._controls.lock_trade(firm),
            lambda: self._show_result(self._language.text("{firm} is locked", firm=name)),
        )

    def ask_to_lock_everything(self, on: bool) -> None:
        """Refuse every order after asking; accept them again without."""
        if not on:
            self._unlock_everything()
            return
        text, count = self._language.text, self._open_orders()
        body = text("All clients get an error when they place or change an order. Cancelling stays possible.")
        if count == 1:
            body = f"{body}{self._gap()}{text('1 open order is not touched.')}"
        elif count:
            body = f"{body}{self._gap()}{text('{count} open orders are not touched.', count=count)}"
        tick = text("Also cancel the {count} open orders", count=count) if count > 1 else ""
        dialog = LockDialog(
            self._theme,
            self._window,
            title=text("Lock all trading"),
            question=text("Refuse every order from now on?"),
            text=body,
            tick=text("Also cancel the open order") if count == 1 else tick,
            safe=text("Not now"),
            lock=text("Lock all trading"),
        )
        dialog.confirmed.connect(self._lock_everything)
        dialog.open()

    def lock_at_once(self) -> None:
        """Refuse every order without asking: the emergency key."""
        self._lock_everything(False)

    # ---- orders

    def ask_to_cancel(self, account: AccountRow, orders: list[OrderRow]) -> None:
        """Cancel these orders of an account, after asking."""
        if not orders:
            return
        text, kind = self._language.text, self._kind(account)
        if len(orders) == 1:
            question, verb = text("Cancel this order?"), text("Cancel order")
            body = f"{self._order_sentence(orders[0])}{self._gap()}{self._account_sentence(account)}"
            safe, title = text("Keep order"), text("Cancel order, {kind}", kind=kind)
        else:
            question = text("Cancel {count} orders?", count=len(orders))
            verb = text("Cancel {count} orders", count=len(orders))
            body = self._account_sentence(account)
            safe, title = text("Keep orders"), text("Cancel orders, {kind}", kind=kind)
        self._ask(title, question, body, safe, verb, lambda: self._cancel(account, orders))

    def ask_to_cancel_open(self, account: AccountRow, orders: list[OrderRow]) -> None:
        """Cancel every open order of an account, after asking."""
        if not orders:
            return
        text, count = self._language.text, len(orders)
        body = (
            text("1 open order.") if count == 1 else text("{count} open orders.", count=count)
        ) + f"{self._gap()}{self._account_sentence(account)}"
        self._ask(
            text("Cancel open orders, {kind}", kind=self._kind(account)),
            text("Cancel every open order of this account?"),
            body,
            text("Keep orders"),
            text("Cancel open orders"),
            lambda: self._cancel_open(account, orders),
            _REAL_WAIT_MS if account_kind(account, self._practice) is REAL else 0,
        )

    def ask_to_reset(self, account: AccountRow) -> None:
        """Let a practice account begin anew, after asking."""
        text = self._language.text
        self._ask(
            text("Reset practice account, {kind}", kind=self._kind(account)),
            text("Begin anew with the opening balance?"),
            text("Open orders are cancelled; positions, orders, fills and cash flows of this account are removed.")
            + f"{self._gap()}{self._account_sentence(account)}",
            text("Keep account"),
            text("Reset account"),
            lambda: self._submit(
                "reset a practice account",
                self._controls.reset_practice_account(account.account_id),
                lambda: self._show_result(text("The account begins anew")),
            ),
        )

    # ---- doing it

    def _unlock(self, dialog: UnlockDialog, firm: SecurityFirm, password: str) -> None:
        def unlocked() -> None:
            dialog.accept()
            self._show_result(self._language.text("{firm} is unlocked", firm=self._firm(firm)))
            self.done.emit()

        # The dialog owns it: closing the dialog abandons the request.
        self._link.submit(
            dialog,
            f"unlock {firm.name}",
            self._controls.unlock_trade(firm, password),
            unlocked,
            lambda error: dialog.show_refused(problem_sentence(error, self._language)),
        )

    def _lock_everything(self, cancel_open: bool) -> None:
        cancelled: list[int] = []

        async def lock() -> None:
            cancelled.append(await self._controls.lock_everything(True, cancel_open=cancel_open))

        def locked() -> None:
            text = self._language.text
            shown = text("All trading is locked")
            if cancelled[0] == 1:
                shown = text("All trading is locked, 1 order was cancelled")
            elif cancelled[0]:
                shown = text("All trading is locked, {count} orders were cancelled", count=cancelled[0])
            self._show_action(shown, text("Unlock"), self._unlock_everything)

        self._submit("lock everything", lock(), locked)

    def _unlock_everything(self) -> None:
        async def unlock() -> None:
            await self._controls.lock_everything(False)

        self._submit(
            "unlock everything",
            unlock(),
            lambda: self._show_result(self._language.text("Orders are accepted again; the locks of firms stay")),
        )

    def _cancel(self, account: AccountRow, orders: list[OrderRow]) -> None:
        async def cancel() -> None:
            problem: UserFacingError | None = None
            for order in orders:
                try:
                    await self._controls.cancel_order(account.account_id, order.order_id)
                except UserFacingError as error:
                    problem = problem or error
            if problem is not None:
                raise problem

        asked, text = frozenset(order.order_id for order in orders), self._language.text
        several = text("Asked to cancel {count} orders", count=len(orders))
        shown = several if len(orders) > 1 else text("Asked to cancel the order")
        self._mark(asked, True)
        self._submit("cancel orders", cancel(), lambda: self._show_result(shown), asked)

    def _cancel_open(self, account: AccountRow, orders: list[OrderRow]) -> None:
        asked = frozenset(order.order_id for order in orders)
        cancelled: list[int] = []

        async def cancel() -> None:
            cancelled.append(await self._controls.cancel_open_orders(account.account_id))

        def answered() -> None:
            text = self._language.text
            one = cancelled[0] == 1
            self._show_result(
                text("1 order was cancelled") if one else text("{count} orders were cancelled", count=cancelled[0])
            )

        self._mark(asked, True)
        self._submit("cancel open orders", cancel(), answered, asked)

    def _submit(
        self,
        name: str,
        command: Coroutine[Any, Any, None],
        succeeded: Callable[[], None],
        orders: frozenset[int] = frozenset(),
    ) -> None:
        def ended() -> None:
            self._mark(orders, False)
            succeeded()
            self.done.emit()

        def failed(error: Exception) -> None:
            self._mark(orders, False)
            self.done.emit()
            self._show_problem(error)

        self._link.submit(self, name, command, ended, failed)

    def _mark(self, order_ids: frozenset[int], on: bool) -> None:
        if order_ids:
            self._cancelling = self._cancelling | order_ids if on else self._cancelling - order_ids
            self.cancelling.emit(self._cancelling)

    # ---- words

    def _ask(
        self,
        title: str,
        question: str,
        body: str,
        safe: str,
        verb: str,
        confirmed: Callable[[], None],
        wait_ms: int = 0,
    ) -> None:
        dialog = ConfirmDialog(
            self._theme,
            self._window,
            title=title,
            question=question,
            text=body,
            safe=safe,
            destructive=verb,
            wait_ms=wait_ms,
        )
        dialog.confirmed.connect(confirmed)
        dialog.open()

    def _unlock_texts(self, firm: str) -> UnlockTexts:
        text = self._language.text
        practice = self._practice
        return UnlockTexts(
            title=text("Unlock trading, {kind}", kind=text("Practice") if practice else text("Real")),
            question=text("Unlock {firm}", firm=firm),
            text=text("Enter the trading password of practice, which is the word practice. It is not stored.")
            if practice
            else text("Enter the trading password. It is sent to OpenD once and not stored."),
            hint=text("Locks again at sign-out, or when you lock it."),
            field=text("Trading password"),
            show=text("Show the password"),
            hide=text("Hide the password"),
            cancel=text("Cancel"),
            unlock=text("Unlock"),
            unlocking=text("Unlocking…"),
            empty=text("Enter the trading password."),
        )

    def _order_sentence(self, order: OrderRow) -> str:
        text = self._language.text
        facts = {
            "side": text(SIDE_WORDS[order.side]),
            "quantity": quantity_text(order.quantity),
            "security": order.security.label,
            "filled": quantity_text(order.filled),
            "left": quantity_text(order.quantity - order.filled),
        }
        if order.price:
            return text(
                "{side} {quantity} {security} at {price}, {filled} filled, {left} waiting.",
                price=price_text(order.price),
                **facts,
            )
        return text("{side} {quantity} {security} at market price, {filled} filled, {left} waiting.", **facts)

    def _account_sentence(self, account: AccountRow) -> str:
        text = self._language.text
        return text(
            "{kind}, {account} {number}.",
            kind=self._kind(account),
            account=account_title(account, self._language),
            number=masked(account.account_id),
        )

    def _kind(self, account: AccountRow) -> str:
        return self._language.text(account_kind(account, self._practice).word)

    def _firm(self, firm: SecurityFirm) -> str:
        locks = self._snapshot.trading.locks if self._snapshot else ()
        lock = next((lock for lock in locks if lock.firm is firm), None)
        return self._language.text(firm_name(firm, lock))

    def _gap(self) -> str:
        return "" if self._language.is_chinese else " "

    def _open_orders(self) -> int:
        return self._snapshot.trading.open_orders if self._snapshot else 0

    @property
    def _practice(self) -> bool:
        return bool(self._snapshot and self._snapshot.upstream.simulated)
