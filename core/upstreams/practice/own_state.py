"""What the user keeps at the practice source: security groups, price reminders and option event alerts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.model.security import Security
from core.model.topics import Push
from core.runtime.background_tasks import BackgroundTasks
from core.upstreams.practice.answers import option_events, own_lists, reminders
from core.upstreams.practice.event_alerts import EventAlerts
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.market_clock import MarketClock
from core.upstreams.practice.price_reminders import PriceReminders
from core.upstreams.practice.watch_lists import WatchLists


class OwnState:
    """The user's lists and reminders of one profile; `folder` None keeps them only while the source lives."""

    def __init__(self, exchange: Exchange, clock: MarketClock, folder: Path | None, *, chinese: bool) -> None:
        """Store. Nothing is read before `load`."""
        self._exchange = exchange
        self._clock = clock
        self._chinese = chinese
        self.lists = WatchLists(folder / "watch-lists.json" if folder else None, self._type_of)
        self.reminders = PriceReminders(folder / "price-reminders.json" if folder else None, lambda: exchange.now)
        self.alerts = EventAlerts(folder / "option-event-alerts.json" if folder else None)
        self._events_seen = 0.0
        self.answers: dict[int, Callable[[Any], bytes]] = {
            3213: lambda request: own_lists.user_securities(exchange, self.lists, request),
            3214: lambda request: own_lists.modify_user_securities(exchange, self.lists, request),
            3220: lambda request: reminders.set_reminder(exchange, self.reminders, request),
            3221: lambda request: reminders.list_reminders(exchange, self.reminders, request),
            3307: lambda request: option_events.option_events(exchange, request),
            3308: lambda request: option_events.list_alerts(self.alerts, request),
            3309: lambda request: self._set_alerts(request),
            3222: lambda request: own_lists.user_groups(self.lists, request, chinese=chinese),
        }

    def load(self) -> None:
        """Read what the last run kept; small files."""
        self.lists.load()
        self.reminders.load()
        self.alerts.load()

    def start(self, tasks: BackgroundTasks) -> None:
        """Write later changes with tasks of this owner."""
        self.lists.file.start(tasks)
        self.reminders.file.start(tasks)
        self.alerts.file.start(tasks)
        self._events_seen = self._exchange.now

    def stop(self) -> None:
        """Write what is not written yet; may be called twice."""
        self.lists.file.stop()
        self.reminders.file.stop()
        self.alerts.file.stop()

    def notices(self) -> list[Push]:
        """Give what every client that asked for notices shall hear after a slice of the exchange."""
        pushes: list[Push] = []
        if self.reminders.watched:
            pushes += reminders.fired_pushes(self._exchange, self.reminders, self._clock, chinese=self._chinese)
        if self.alerts.enabled:
            pushes += option_events.event_pushes(self._exchange, self.alerts, self.lists, self._events_seen)
            self._events_seen = self._exchange.now
        return pushes

    def _set_alerts(self, request: Any) -> bytes:
        if not self.alerts.enabled:
            # What happened before anybody wanted to know is no news.
            self._events_seen = self._exchange.now
        return option_events.set_alerts(self._exchange, self.alerts, request)

    def _type_of(self, security: Security) -> int | None:
        info = self._exchange.table.get(security)
        return None if info is None else info.security_type
