"""The cards of the overview: API server, subscription quota, push rate, upstream link."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.model.status import ConnectionRow, ListenerStatus, QuotaStatus, TrafficStatus, UpstreamStatus
from gui.language.figures import (
    count_text,
    duration_text,
    large_count_text,
    local_clock_text,
    rate_figure,
    rate_text,
)
from gui.language.state_words import LISTENER_WORDS, SLOW_BACKLOG, UPSTREAM_WORDS, StateWord
from gui.language.window_language import WindowLanguage
from gui.theme.theme import Theme
from gui.widgets.card import Card
from gui.widgets.labels import TextLabel
from gui.widgets.sparkline import Sparkline
from gui.widgets.status_mark import StatusMark
from gui.widgets.usage_bar import UsageBar


class FigureRow(QHBoxLayout):
    """A large figure with its unit beside it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.figure = TextLabel("figure", figures=True)
        self.unit = TextLabel("body", "muted")
        self.unit.setContentsMargins(0, 0, 0, theme.px(4))
        self.setSpacing(theme.px(5))
        self.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignBottom)
        self.addWidget(self.unit, 0, Qt.AlignmentFlag.AlignBottom)
        self.addStretch(1)


class FootRow(QHBoxLayout):
    """Two label and value pairs at the foot of a card."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.left_label, self.left_value = TextLabel("small", "muted"), TextLabel("small", figures=True)
        self.right_label, self.right_value = TextLabel("small", "muted"), TextLabel("small", figures=True)
        self.setSpacing(theme.px(4))
        self.addWidget(self.left_label)
        self.addWidget(self.left_value)
        self.addStretch(1)
        self.addWidget(self.right_label)
        self.addWidget(self.right_value)


class ApiCard(Card):
    """Connections of the limit, requests per second, slow clients."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "arrow-left-right", opens=True, parent=parent)
        self.setObjectName("cardApi")
        self._state = StatusMark(theme)
        self._figure = FigureRow(theme)
        self._bar = UsageBar(theme)
        self._foot = FootRow(theme)
        self._foot.right_value.setProperty("weight", "600")
        self.heading.addWidget(self._state)
        px = theme.px
        self.body.addSpacing(px(3))
        self.body.addLayout(self._figure)
        self.body.addSpacing(px(6))
        self.body.addWidget(self._bar)
        self.body.addStretch(1)
        self.body.addLayout(self._foot)

    def draw(
        self,
        listener: ListenerStatus | None,
        connections: tuple[ConnectionRow, ...],
        limit: int,
        traffic: TrafficStatus,
        language: WindowLanguage,
    ) -> None:
        """Show the API listener and what comes through it."""
        text = language.text
        self.title.setText(text("API server"))
        word = LISTENER_WORDS.get(listener.state if listener else "off", StateWord("idle", "Off"))
        self._state.show_state(word.kind, text(word.text))
        self._state.setToolTip(text(listener.reason) if listener and listener.reason else "")
        count = len(connections)
        self._figure.figure.setText(count_text(count))
        self._figure.unit.setText(text("/ {limit} connections", limit=count_text(limit)))
        self._bar.show_usage(count, limit)
        self._bar.setAccessibleName(text("Connections {used} of {total}", used=count, total=limit))
        self._foot.left_label.setText(text("Requests"))
        self._foot.left_value.setText(rate_text(traffic.requests_per_second))
        slow = sum(1 for row in connections if row.backlog >= SLOW_BACKLOG)
        self._foot.right_label.setText(text("Slow clients") if slow else "")
        self._foot.right_value.setText(str(slow) if slow else "")
        self._foot.right_value.set_ink("warn")
        self.setAccessibleName(
            text("API server, {state}, {count} connections. Opens Connections.", state=text(word.text), count=count)
        )


class QuotaCard(Card):
    """Subscription quota used, history K-line quota, pairs shared by clients."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "chart-candlestick", parent=parent)
        self.setObjectName("cardQuota")
        self._figure = FigureRow(theme)
        self._bar = UsageBar(theme)
        self._foot = FootRow(theme)
        px = theme.px
        self.body.addSpacing(px(3))
        self.body.addLayout(self._figure)
        self.body.addSpacing(px(6))
        self.body.addWidget(self._bar)
        self.body.addStretch(1)
        self.body.addLayout(self._foot)

    def draw(self, quota: QuotaStatus, language: WindowLanguage) -> None:
        """Show the quota."""
        text = language.text
        self.title.setText(text("Subscription quota"))
        self._figure.figure.setText(count_text(quota.used))
        self._figure.unit.setText(text("/ {total} used", total=count_text(quota.total)))
        self._bar.show_usage(quota.used, quota.total)
        self._bar.setAccessibleName(text("Quota {used} of {total}", used=quota.used, total=quota.total))
        self._foot.left_label.setText(text("History K-line"))
        self._foot.left_value.setText(f"{count_text(quota.history_used)}/{count_text(quota.history_total)}")
        self._foot.right_label.setText(text("Shared by clients"))
        self._foot.right_value.setText(count_text(quota.shared))


class PushCard(Card):
    """Pushes per second with the last five minutes, the peak and today's count."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "radio", parent=parent)
        self.setObjectName("cardPush")
        px = theme.px
        self._span = TextLabel("small", "muted")
        self.heading.addWidget(self._span)
        self._figure = FigureRow(theme)
        self._line = Sparkline(theme)
        self._line.setObjectName("pushSparkline")
        self._line.setFixedHeight(px(36))
        self._foot = FootRow(theme)
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addLayout(self._figure, 1)
        row.addWidget(self._line, 2)
        self.body.addSpacing(px(6))
        self.body.addLayout(row)
        self.body.addStretch(1)
        self.body.addLayout(self._foot)

    def draw(self, traffic: TrafficStatus, language: WindowLanguage) -> None:
        """Show the rate."""
        text = language.text
        self.title.setText(text("Push rate"))
        self._span.setText(text("Last 5 min"))
        self._figure.figure.setText(rate_figure(traffic.pushes_per_second))
        self._figure.unit.setText("/s")
        self._line.show_values(traffic.push_samples)
        has_peak = traffic.push_peak > 0 and traffic.push_peak_at > 0
        peak = rate_text(traffic.push_peak)
        at = local_clock_text(traffic.push_peak_at)[:5] if has_peak else ""
        self._foot.left_label.setText(text("Peak"))
        self._foot.left_value.setText(text("{rate} at {time}", rate=peak, time=at) if has_peak else text("None"))
        self._foot.right_label.setText(text("Today"))
        self._foot.right_value.setText(large_count_text(traffic.pushes_today, language))
        self._line.setAccessibleName(
            text(
                "Push rate, {rate} per second, peak {peak} in the last 5 minutes",
                rate=rate_figure(traffic.pushes_per_second),
                peak=count_text(max(traffic.push_samples, default=0)),
            )
        )


class UpstreamCard(Card):
    """Where the data comes from, since when, and whether it is simulated."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "server", parent=parent)
        self.setObjectName("cardUpstream")
        self._state = StatusMark(theme)
        self.heading.addWidget(self._state)
        # Two lines: the market's hours and speed stand at the end of the sentence.
        self._description = TextLabel("bodyStrong")
        self._description.setWordWrap(True)
        self._simulated = StatusMark(theme)
        self._up = TextLabel("small", "muted")
        foot = QHBoxLayout()
        foot.addWidget(self._simulated)
        foot.addStretch(1)
        foot.addWidget(self._up)
        px = theme.px
        self.body.addSpacing(px(6))
        self.body.addWidget(self._description)
        self.body.addStretch(1)
        self.body.addLayout(foot)

    def draw(self, upstream: UpstreamStatus, up_seconds: float, language: WindowLanguage) -> None:
        """Show the link; `up_seconds` is how long it stands."""
        text = language.text
        self.title.setText(text("Upstream link"))
        word = UPSTREAM_WORDS.get(upstream.state, StateWord("idle", "Unknown"))
        self._state.show_state(word.kind, text(word.text))
        self._description.setText(language.filled(upstream.description, upstream.facts))
        self._simulated.setToolTip(text("Nothing is sent to any broker."))
        self._simulated.setVisible(upstream.simulated)
        self._simulated.show_state("simulated", text("Simulated data"))
        up = upstream.state == "connected" and upstream.since > 0
        self._up.setText(text("Up {time}", time=duration_text(up_seconds, language)) if up else "")
