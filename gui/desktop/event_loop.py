"""The window's event loop: asyncio's own selector loop, run in short batches inside Qt's.

On Linux Qt watches a single descriptor, the epoll one, instead of a notifier per socket and a
Qt timer per callback. Elsewhere the window runs on plain qasync.
"""

import asyncio
import asyncio.base_events
import contextlib
import heapq
import logging
import math
import os
import selectors
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import Context
from select import EPOLLIN, EPOLLOUT
from time import monotonic
from types import FrameType
from typing import Any, Final, cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSocketNotifier, Qt, QTimer

# qasync takes the binding this variable names over the one already imported, and a user may have
# set it for another program.
os.environ["QT_API"] = "pyside6"
import qasync

BATCH_SECONDS: Final = 0.001
"""How long asyncio may keep running before Qt has its turn. It bounds how late a Qt timer, a repaint or
a key press can be; throughput does not depend on it."""

NESTED_LOOP_SECONDS: Final = 0.05
"""How long asyncio may stand still when one of its own callbacks opens a nested Qt loop."""

_LARGEST_POLL: Final = 256
_LONGEST_TIMER_SECONDS: Final = 24 * 3600.0  # a QTimer counts milliseconds in 31 bits
_COMPACT_ABOVE: Final = 100  # cancelled timers kept in the heap before it is rebuilt

_PLAIN_QASYNC_VARIABLE: Final = "GATEHOUSE_PLAIN_QASYNC"

_log = logging.getLogger(__name__)

# qasync replaces these with versions of its own; asyncio's are put back below. They are private parts
# of asyncio, unknown to its stubs.
_standard = cast(Any, asyncio.SelectorEventLoop)
_tasks = cast(Any, asyncio.tasks)
_events = cast(Any, asyncio.events)
_base_events = cast(Any, asyncio.base_events)


def create_event_loop(application: QCoreApplication) -> asyncio.AbstractEventLoop:
    """The loop for a process that has a Qt application; it is neither running nor set as current.

    Batched on Linux. Plain qasync on other systems, and where GATEHOUSE_PLAIN_QASYNC=1 asks for it. Running
    it runs `application.exec()`, so the application should not quit on its last window closing.
    """
    if sys.platform == "linux" and os.environ.get(_PLAIN_QASYNC_VARIABLE) != "1":
        return cast(asyncio.AbstractEventLoop, BatchedQtEventLoop(application))
    return cast(asyncio.AbstractEventLoop, qasync.QEventLoop(application))


class _WakeUp(QObject):
    """Receives the event that gives asyncio a turn when something was queued outside one."""

    def __init__(self, on_wake: Callable[[], None]) -> None:
        super().__init__()
        self._on_wake = on_wake

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            self._on_wake()
            return True
        return super().event(event)


class BatchedQtEventLoop(qasync.QEventLoop):  # type: ignore[misc]  # qasync carries no types
    """A qasync loop that keeps asyncio's epoll selector, ready queue and timer heap. Linux only.

    Qt holds one QSocketNotifier on the epoll descriptor, one QTimer for the earliest `call_at` and, when
    something is queued from outside a batch, one posted event. Each of them starts a batch: poll without
    waiting, move due timers to the ready queue, run a round of what is ready, and again, until nothing is left or
    BATCH_SECONDS are over.

    Runs in Qt's main thread only. As in asyncio, nothing but `call_soon_threadsafe` may be called from
    another thread. Nested Qt loops (a menu, a drag, a modal dialog) keep asyncio running; those opened
    straight from a callback or coroutine hold it up for at most NESTED_LOOP_SECONDS.
    """

    run_until_complete = _standard.run_until_complete
    is_running = _standard.is_running
    call_later = _standard.call_later
    run_in_executor = _standard.run_in_executor
    set_default_executor = _standard.set_default_executor
    set_exception_handler = _standard.set_exception_handler
    default_exception_handler = _standard.default_exception_handler
    call_exception_handler = _standard.call_exception_handler
    _add_reader = _standard._add_reader
    _remove_reader = _standard._remove_reader
    _add_writer = _standard._add_writer
    _remove_writer = _standard._remove_writer

    def __init__(self, application: QCoreApplication) -> None:
        # Parts of asyncio's loop that this one reads or sets.
        self._thread_id: int | None
        self._selector: Any
        self._current_handle: asyncio.Handle | None
        self._timer_cancelled_count: int

        self._qt_application = application
        self._draining = False  # a batch is running and will see whatever is queued now
        self._leaving = False  # Qt was told to leave exec(); no more batches in this run
        self._failure: BaseException | None = None
        self._round_left = 0  # queued callbacks that belong to the round begun last
        self._wake_posted = False
        self._armed_for: float | None = None
        self._guard_started = False
        super().__init__(application)
        self._wake_up = _WakeUp(self._on_wake_up)
        self._deadline_timer = QTimer()
        self._deadline_timer.setSingleShot(True)
        self._deadline_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._deadline_timer.timeout.connect(self._on_deadline)
        self._nested_loop_guard = QTimer()
        self._nested_loop_guard.setSingleShot(True)
        self._nested_loop_guard.setInterval(round(NESTED_LOOP_SECONDS * 1000))
        self._nested_loop_guard.timeout.connect(self._on_nested_loop_guard)
        self._notifier = QSocketNotifier(self._selector.fileno(), QSocketNotifier.Type.Read)
        self._notifier.setEnabled(False)
        self._notifier.activated.connect(self._on_descriptors)

    def _make_self_pipe(self) -> None:
        # asyncio calls this once, right after qasync handed it the notifier-per-socket selector and before
        # anything is registered: the moment to put a real one in its place.
        self._selector = selectors.EpollSelector()
        super()._make_self_pipe()

    # Running and stopping

    def run_forever(self) -> None:
        """Run Qt and asyncio until `stop()` or the application's `quit()`.

        Raises what asyncio's does: RuntimeError when closed or running, and a SystemExit or KeyboardInterrupt
        that a callback raised.
        """
        self._check_closed()
        self._check_running()
        self._set_coroutine_origin_tracking(self._debug)
        generator_hooks = sys.get_asyncgen_hooks()
        self._leaving = False
        self._failure = None
        try:
            self._thread_id = threading.get_ident()
            sys.set_asyncgen_hooks(firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook)
            _events._set_running_loop(self)
            with self._signals_watched():
                self._notifier.setEnabled(True)
                self._wake()
                self._qt_application.exec()
        finally:
            self._notifier.setEnabled(False)
            self._deadline_timer.stop()
            self._armed_for = None
            self._nested_loop_guard.stop()
            self._guard_started = False
            self._stopping = False
            self._thread_id = None
            _events._set_running_loop(None)
            self._set_coroutine_origin_tracking(False)
            sys.set_asyncgen_hooks(*generator_hooks)
        self._raise_failure()

    def stop(self) -> None:
        """Leave `run_forever` once everything queued until now has run; nested Qt loops are left too."""
        self._stopping = True
        if not self._draining:
            self._wake()

    def close(self) -> None:
        """Release the descriptors. May be called again; raises RuntimeError while the loop runs."""
        super().close()
        self._notifier.setEnabled(False)
        self._deadline_timer.stop()
        self._nested_loop_guard.stop()

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # its traceback holds this frame

    def _leave(self) -> None:
        self._leaving = True
        QCoreApplication.exit(0)

    # Queueing

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        """Queue the callback behind those already queued."""
        self._check_closed()
        handle = asyncio.Handle(callback, args, self, context)
        if self._debug:
            self._check_thread()
            self._check_queued(handle, "call_soon")
        self._ready.append(handle)
        if not self._draining:
            self._wake()
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """`call_soon` for other threads."""
        self._check_closed()
        handle = asyncio.Handle(callback, args, self, context)
        if self._debug:
            self._check_queued(handle, "call_soon_threadsafe")
        self._ready.append(handle)
        self._write_to_self()
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Queue the callback for `when` on the clock of `time()`; up to a millisecond late, never early."""
        if when is None:
            raise TypeError("when cannot be None")
        self._check_closed()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        if self._debug:
            self._check_thread()
            self._check_queued(handle, "call_at")
        heapq.heappush(self._scheduled, handle)
        handle._scheduled = True  # type: ignore[attr-defined]  # how asyncio knows to count its cancellation
        if not self._draining:
            self._arm_deadline_timer()
        return handle

    def _check_queued(self, handle: Any, method: str) -> None:
        self._check_callback(handle._callback, method)
        del handle._source_traceback[-1]  # ends with the caller, as asyncio's own

    def _add_callback(self, handle: asyncio.Handle) -> None:
        if not handle.cancelled():
            self._ready.append(handle)
            if not self._draining:
                self._wake()

    # Qt's side

    def _wake(self) -> None:
        if not self._wake_posted and self._thread_id is not None:
            self._wake_posted = True
            QCoreApplication.postEvent(self._wake_up, QEvent(QEvent.Type.User))

    def _on_wake_up(self) -> None:
        self._wake_posted = False
        self._drain()

    def _on_deadline(self) -> None:
        self._armed_for = None
        self._on_descriptors()

    def _on_descriptors(self) -> None:
        # A posted wake-up brings the next batch anyway; another one now would double Qt's wait for its turn.
        if not self._wake_posted:
            self._drain()

    def _on_nested_loop_guard(self) -> None:
        # Qt runs this, so a batch that is still open sits below a nested loop which one of its callbacks
        # opened. Whatever it had queued would wait for that loop to end.
        self._guard_started = False
        if self._draining:
            self._drain()

    def _arm_deadline_timer(self) -> None:
        if not self._scheduled or self._thread_id is None:
            return
        when = self._scheduled[0].when()
        if self._armed_for is None or when < self._armed_for:
            self._armed_for = when
            seconds = min(max(0.0, when - monotonic()), _LONGEST_TIMER_SECONDS)
            self._deadline_timer.start(math.ceil(seconds * 1000))

    # The batch

    def _drain(self) -> None:
        if self._thread_id is None:
            return
        if self._leaving:
            QCoreApplication.exit(0)  # again: a Ctrl-C just before exec() began would have gone unheard
            return
        # Inside a nested loop that a coroutine opened, its task counts as the running one and no other could
        # take a step. It is on the stack and cannot move; set it aside for the batch.
        suspended = asyncio.current_task(cast(asyncio.AbstractEventLoop, self))
        if suspended is not None:
            _tasks._leave_task(self, suspended)
        self._draining = True
        if not self._guard_started:
            self._guard_started = True
            self._nested_loop_guard.start()
        try:
            self._run_batch(monotonic() + BATCH_SECONDS)
        except BaseException as failure:
            # Qt would print it and go on; run_forever raises it instead.
            self._failure = failure
            self._leave()
        finally:
            # Also right when nested: the batch below is stuck, so from here on Qt must be woken.
            self._draining = False
            if suspended is not None:
                _tasks._enter_task(self, suspended)

    def _run_batch(self, end: float) -> None:
        while True:
            if not self._round_left:
                # Never in the middle of a round: descriptors whose readers still wait in the queue would be
                # ready again and queue them twice.
                self._queue_descriptors()
                self._queue_due_timers()
                self._round_left = len(self._ready)
                if not self._round_left and not self._stopping:
                    break
            self._run_round(end)
            if self._leaving:
                return
            if self._stopping:
                self._leave()
                return
            if monotonic() >= end:
                break
        if self._ready:
            self._wake()
        self._arm_deadline_timer()

    def _queue_descriptors(self) -> None:
        # The bare epoll object and the selector's own table: select() would build a list of keys first.
        keys = self._selector._fd_to_key
        for descriptor, happened in self._selector._selector.poll(0, _LARGEST_POLL):
            key = keys.get(descriptor)
            if key is None:
                continue
            reader, writer = key.data
            if reader is not None and happened & ~EPOLLOUT:
                if reader._cancelled:
                    self._remove_reader(descriptor)
                else:
                    self._ready.append(reader)
            if writer is not None and happened & ~EPOLLIN:
                if writer._cancelled:
                    self._remove_writer(descriptor)
                else:
                    self._ready.append(writer)

    def _queue_due_timers(self) -> None:
        scheduled = self._scheduled
        if self._timer_cancelled_count > _COMPACT_ABOVE and self._timer_cancelled_count * 2 > len(scheduled):
            for handle in scheduled:
                handle._scheduled = not handle._cancelled
            scheduled[:] = [handle for handle in scheduled if not handle._cancelled]
            heapq.heapify(scheduled)
            self._timer_cancelled_count = 0
        if not scheduled:
            return
        now = monotonic()
        while scheduled and (scheduled[0]._cancelled or scheduled[0]._when <= now):
            handle = heapq.heappop(scheduled)
            handle._scheduled = False
            if handle._cancelled:
                self._timer_cancelled_count -= 1
            else:
                self._ready.append(handle)

    def _run_round(self, end: float) -> None:
        """Run what was queued when the round began; past `end` the rest waits, unless the loop stops."""
        ready = self._ready
        while self._round_left:
            self._round_left -= 1  # a nested batch goes on with the same round
            handle = ready.popleft()
            if handle._cancelled:
                continue
            if self._debug:
                self._run_timed(handle)
            else:
                handle._run()
            if self._leaving or (monotonic() >= end and not self._stopping):
                return

    def _run_timed(self, handle: asyncio.Handle) -> None:
        """Debug mode: say which callbacks hold up the window."""
        self._current_handle = handle
        started = monotonic()
        try:
            cast(Any, handle)._run()
        finally:
            self._current_handle = None
        seconds = monotonic() - started
        if seconds >= self.slow_callback_duration:
            _log.warning("%s took %.3f seconds", _base_events._format_handle(handle), seconds)

    # Signals

    def remove_signal_handler(self, sig: int) -> bool:
        """Remove a handler set by `add_signal_handler`; False if there was none."""
        removed = bool(super().remove_signal_handler(sig))
        if self._thread_id is not None and threading.current_thread() is threading.main_thread():
            signal.set_wakeup_fd(self._csock.fileno())  # removing the last one unset it
        return removed

    @contextlib.contextmanager
    def _signals_watched(self) -> Iterator[None]:
        """While Qt sleeps no Python runs, so no handler of a signal either: let a signal wake it.

        The default answer to Ctrl-C would raise into whichever slot comes first, where Qt prints and forgets
        it: end the run instead, as asyncio does.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = signal.set_wakeup_fd(self._csock.fileno())
        interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if interruptible:
            signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            yield
        finally:
            if interruptible and signal.getsignal(signal.SIGINT) == self._on_interrupt:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            if not self._signal_handlers:
                with contextlib.suppress(OSError, ValueError):  # its owner may have closed it meanwhile
                    signal.set_wakeup_fd(previous)

    def _on_interrupt(self, signum: int, frame: FrameType | None) -> None:
        if self._failure is not None:  # a second Ctrl-C: something does not return
            raise KeyboardInterrupt
        self._failure = KeyboardInterrupt()
        self._leave()
