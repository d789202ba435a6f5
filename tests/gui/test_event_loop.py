"""The batched loop keeps asyncio's promises, and neither Qt nor asyncio starves the other."""

import asyncio
import contextvars
import datetime
import gc
import ipaddress
import logging
import os
import signal
import socket
import ssl
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMenu

from gui.desktop.event_loop import BATCH_SECONDS, BatchedQtEventLoop, create_event_loop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the batched loop needs epoll")

Result = TypeVar("Result")
Run = Callable[[Coroutine[Any, Any, Any]], Any]

GIVE_UP_MS = 20_000


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[BatchedQtEventLoop]:
    qapp.setQuitOnLastWindowClosed(False)
    loop = BatchedQtEventLoop(qapp)
    yield loop
    left_over = asyncio.all_tasks(loop)
    for task in left_over:
        task.cancel()
    if left_over and not loop.is_closed():
        loop.run_until_complete(asyncio.wait(left_over))
    loop.close()


@pytest.fixture
def ctrl_c_works() -> Iterator[None]:
    """A test run that was started in the background inherits SIGINT ignored; these tests want Python's own handler."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(loop: BatchedQtEventLoop, qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine; a loop that stands still is left by Qt's own timer, which fails the test."""
    rescue = QTimer(singleShot=True, interval=GIVE_UP_MS)
    rescue.timeout.connect(lambda: qapp.exit(1))
    rescue.start()
    yield loop.run_until_complete
    rescue.stop()


def spin(seconds: float) -> None:
    end = monotonic() + seconds
    while monotonic() < end:
        pass


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def keep_still(loop: BatchedQtEventLoop) -> None:
    """For the rest of the run no timer of the loop itself makes Qt enter Python."""
    loop._guard_started = True
    loop._nested_loop_guard.stop()


class QtTicks:
    """Counts the timeouts of a repeating QTimer."""

    def __init__(self, interval_ms: int) -> None:
        self.count = 0
        self._timer = QTimer(interval=interval_ms)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        self.count += 1

    def stop(self) -> None:
        self._timer.stop()


# --- which loop


def test_linux_gets_the_batched_loop(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_PLAIN_QASYNC", raising=False)
    loop = create_event_loop(qapp)
    assert isinstance(loop, BatchedQtEventLoop)
    loop.close()


def test_plain_qasync_on_request(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_PLAIN_QASYNC", "1")
    loop = create_event_loop(qapp)
    assert not isinstance(loop, BatchedQtEventLoop)
    assert isinstance(loop, asyncio.AbstractEventLoop)
    loop.close()


# --- callbacks


def test_call_soon_keeps_the_order(loop: BatchedQtEventLoop, run: Run) -> None:
    seen: list[int] = []

    async def scenario() -> None:
        done = loop.create_future()
        for number in range(1000):
            loop.call_soon(seen.append, number)
        loop.call_soon(lambda: loop.call_soon(seen.append, -1))
        loop.call_soon(seen.append, 1000)
        loop.call_soon(lambda: loop.call_soon(done.set_result, None))
        await done

    run(scenario())
    assert seen == [*range(1001), -1]


def test_order_survives_the_end_of_a_batch(loop: BatchedQtEventLoop, run: Run) -> None:
    seen: list[int] = []

    def slow(number: int) -> None:
        spin(BATCH_SECONDS)
        seen.append(number)

    async def scenario() -> None:
        for number in range(30):
            loop.call_soon(slow, number)
        await until(lambda: len(seen) == 30)

    run(scenario())
    assert seen == list(range(30))


def test_cancelled_callback_does_not_run(loop: BatchedQtEventLoop, run: Run) -> None:
    seen: list[str] = []

    async def scenario() -> None:
        first = loop.call_soon(seen.append, "cancelled before")
        loop.call_soon(lambda: second.cancel())
        second = loop.call_soon(seen.append, "cancelled meanwhile")
        first.cancel()
        loop.call_soon(seen.append, "kept")
        await until(lambda: seen)

    run(scenario())
    assert seen == ["kept"]


def test_call_soon_from_a_slot_wakes_an_idle_loop(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        done = loop.create_future()
        QTimer.singleShot(0, lambda: loop.call_soon(done.set_result, None))
        await done

    run(scenario())


def test_call_later_from_a_slot_wakes_an_idle_loop(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        far_away = loop.call_later(3600, print)
        done = loop.create_future()
        QTimer.singleShot(0, lambda: loop.call_later(0.002, done.set_result, None))
        await done
        far_away.cancel()

    run(scenario())


def test_contexts_are_kept(loop: BatchedQtEventLoop, run: Run) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="none")
    own = contextvars.copy_context()
    own.run(name.set, "given")
    seen: list[str] = []

    def note() -> None:
        seen.append(name.get())

    async def scenario() -> None:
        name.set("task")
        loop.call_soon(note)
        loop.call_later(0.001, note)
        loop.call_soon(note, context=own)
        loop.call_later(0.002, note, context=own)
        loop.call_soon_threadsafe(note, context=own)
        await until(lambda: len(seen) == 5)

    run(scenario())
    assert sorted(seen) == ["given", "given", "given", "task", "task"]
    assert name.get() == "none"


# --- timers


def test_timers_are_never_early(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        for delay in (0.0003, 0.0009, 0.001, 0.0015, 0.0105) * 5:
            started = loop.time()
            await asyncio.sleep(delay)
            assert loop.time() - started >= delay

    run(scenario())


def test_timers_run_in_the_order_of_their_deadlines(loop: BatchedQtEventLoop, run: Run) -> None:
    seen: list[int] = []

    async def scenario() -> None:
        start = loop.time() + 0.005
        for number in (7, 3, 9, 1, 5):
            loop.call_at(start + number / 1000, seen.append, number)
        await until(lambda: len(seen) == 5)

    run(scenario())
    assert seen == [1, 3, 5, 7, 9]


def test_timer_handles_know_when(loop: BatchedQtEventLoop) -> None:
    when = loop.time() + 5
    handle = loop.call_at(when, print)
    assert isinstance(handle, asyncio.TimerHandle)
    assert handle.when() == when
    later = loop.call_later(5, print)
    assert later.when() >= when
    handle.cancel()
    later.cancel()


def test_cancelled_timers_are_let_go(loop: BatchedQtEventLoop, run: Run) -> None:
    class Payload:
        pass

    payloads: list[weakref.ref[Payload]] = []

    async def scenario() -> None:
        kept = loop.call_later(3600, print)
        for _ in range(5000):
            payload = Payload()
            payloads.append(weakref.ref(payload))
            loop.call_later(3600, print, payload).cancel()
        del payload
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(loop._scheduled) < 300
        assert kept in loop._scheduled
        kept.cancel()

    run(scenario())
    assert not any(payload() for payload in payloads)


def test_cancelled_head_does_not_hold_up_the_next(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        done = loop.create_future()
        first = loop.call_later(0.002, done.set_exception, AssertionError("was cancelled"))
        loop.call_later(0.004, done.set_result, None)
        first.cancel()
        await done

    run(scenario())


def test_timeouts(run: Run) -> None:
    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.002)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.002):
                await asyncio.Event().wait()

    run(scenario())


# --- threads


def test_threadsafe_calls_wake_an_idle_loop(loop: BatchedQtEventLoop, run: Run) -> None:
    seen: list[tuple[int, int]] = []
    handles: list[asyncio.Handle] = []

    def call_from_thread(worker: int) -> None:
        for number in range(200):
            handles.append(loop.call_soon_threadsafe(seen.append, (worker, number)))

    async def scenario() -> None:
        idle = loop.create_future()
        threads = [threading.Thread(target=call_from_thread, args=(worker,)) for worker in range(4)]

        def finish() -> None:
            for thread in threads:
                thread.join()
            loop.call_soon_threadsafe(idle.set_result, None)

        last = threading.Thread(target=finish)
        for thread in [*threads, last]:
            thread.start()
        await idle  # no timer, no socket: only the calls themselves can wake the loop
        last.join()

    run(scenario())
    assert len(handles) == 800
    assert all(isinstance(handle, asyncio.Handle) for handle in handles)
    for worker in range(4):
        assert [number for who, number in seen if who == worker] == list(range(200))


def test_executors(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        main = threading.get_ident()
        assert await loop.run_in_executor(None, threading.get_ident) != main
        assert await asyncio.to_thread(lambda: "from a thread") == "from a thread"
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(None, lambda: 1 / 0)
        with ThreadPoolExecutor(1, thread_name_prefix="own") as own:
            name = await loop.run_in_executor(own, lambda: threading.current_thread().name)
            assert name.startswith("own")
        await loop.shutdown_default_executor()

    run(scenario())


def test_run_coroutine_threadsafe(loop: BatchedQtEventLoop, run: Run) -> None:
    async def answer() -> int:
        await asyncio.sleep(0.001)
        return 42

    async def scenario() -> None:
        result = await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(answer(), loop).result(10))
        assert result == 42

    run(scenario())


# --- descriptors


def test_reader_and_writer_of_one_descriptor(loop: BatchedQtEventLoop, run: Run) -> None:
    here, there = socket.socketpair()
    here.setblocking(False)
    seen: list[str] = []

    def on_readable() -> None:
        seen.append("read " + here.recv(10).decode())
        loop.remove_reader(here)

    def on_writable() -> None:
        seen.append("write")
        loop.remove_writer(here)

    async def scenario() -> None:
        loop.add_reader(here, on_readable)
        loop.add_writer(here, on_writable)
        there.send(b"1")
        await until(lambda: len(seen) == 2)
        assert not loop.remove_reader(here)
        assert not loop.remove_writer(here)

    with here, there:
        run(scenario())
    assert sorted(seen) == ["read 1", "write"]


def test_removed_reader_is_silent(loop: BatchedQtEventLoop, run: Run) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    seen: list[int] = []

    def on_readable(number: int) -> None:
        seen.append(number)
        for here, _ in pairs:
            loop.remove_reader(here)

    async def scenario() -> None:
        for number, (here, there) in enumerate(pairs):
            loop.add_reader(here, on_readable, number)
            there.send(b"x")
        await until(lambda: seen)
        await asyncio.sleep(0)

    run(scenario())
    assert len(seen) == 1  # the other was ready in the same poll and removed before its turn
    for pair in pairs:
        for end in pair:
            end.close()


class Echo(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def echoes_many(port: int, clients: int, rounds: int, context: ssl.SSLContext | None = None) -> None:
    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        for count in range(rounds):
            message = f"{number}:{count};".encode() * 50
            writer.write(message)
            assert await reader.readexactly(len(message)) == message
        big = bytes([number % 256]) * 300_000  # more than a socket buffer: both sides must read and write
        writer.write(big)
        assert await reader.readexactly(len(big)) == big
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(number) for number in range(clients)))


def test_tcp_echo_with_many_clients(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        server = await loop.create_server(Echo, "127.0.0.1", 0)
        await echoes_many(server.sockets[0].getsockname()[1], clients=60, rounds=20)
        server.close()
        await server.wait_closed()

    run(scenario())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_tls_echo(loop: BatchedQtEventLoop, run: Run, certificate: Path) -> None:
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate)
    client_side = ssl.create_default_context(cafile=certificate)

    async def scenario() -> None:
        server = await loop.create_server(Echo, "127.0.0.1", 0, ssl=server_side)
        await echoes_many(server.sockets[0].getsockname()[1], clients=8, rounds=5, context=client_side)
        server.close()
        await server.wait_closed()

    run(scenario())


def test_datagrams(loop: BatchedQtEventLoop, run: Run) -> None:
    class Mirror(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: Any) -> None:
            self.transport.sendto(data[::-1], address)

    class Asker(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.answer: asyncio.Future[bytes] = loop.create_future()

        def datagram_received(self, data: bytes, address: Any) -> None:
            self.answer.set_result(data)

    async def scenario() -> None:
        server, _ = await loop.create_datagram_endpoint(Mirror, ("127.0.0.1", 0))
        client, asker = await loop.create_datagram_endpoint(Asker, remote_addr=server.get_extra_info("sockname"))
        client.sendto(b"abc")
        assert await asker.answer == b"cba"
        client.close()
        server.close()

    run(scenario())


def test_subprocess(run: Run) -> None:
    async def scenario() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "print(input() * 2); raise SystemExit(3)",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate(b"ab\n")
        assert output.strip() == b"abab"
        assert process.returncode == 3

    run(scenario())


# --- signals


def test_plain_signal_handler_runs_while_idle(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        keep_still(loop)
        received = loop.create_future()
        previous = signal.signal(signal.SIGUSR2, lambda *_: loop.call_soon(received.set_result, None))
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR2)).start()
        await received
        signal.signal(signal.SIGUSR2, previous)

    run(scenario())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signal_handler_wakes_an_idle_loop(loop: BatchedQtEventLoop, run: Run, number: signal.Signals) -> None:
    async def scenario() -> None:
        received = loop.create_future()
        loop.add_signal_handler(number, received.set_result, number)
        threading.Timer(0.01, os.kill, (os.getpid(), number)).start()
        assert await received == number
        assert loop.remove_signal_handler(number)
        assert not loop.remove_signal_handler(number)

    run(scenario())


def test_plain_signal_handler_runs_after_another_was_removed(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        received = loop.create_future()

        def handler(*_: object) -> None:
            loop.call_soon(received.set_result, None)

        keep_still(loop)
        loop.add_signal_handler(signal.SIGUSR1, print)
        loop.remove_signal_handler(signal.SIGUSR1)  # asyncio forgets the wake-up descriptor here
        previous = signal.signal(signal.SIGUSR2, handler)
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR2)).start()
        await received
        signal.signal(signal.SIGUSR2, previous)

    run(scenario())


@pytest.mark.usefixtures("ctrl_c_works")
def test_ctrl_c_ends_the_run_and_the_loop_can_go_on(loop: BatchedQtEventLoop, run: Run) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert before is signal.default_int_handler
    loop.call_soon(lambda: threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start())
    with pytest.raises(KeyboardInterrupt):
        loop.run_forever()
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.set_wakeup_fd(-1) == -1
    run(asyncio.sleep(0))


@pytest.mark.usefixtures("ctrl_c_works")
def test_runner_turns_ctrl_c_into_cancellation(qapp: QApplication) -> None:
    cleaned_up: list[bool] = []

    async def main() -> None:
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.001)
            cleaned_up.append(True)

    with asyncio.Runner(loop_factory=lambda: create_event_loop(qapp)) as runner, pytest.raises(KeyboardInterrupt):
        runner.run(main())
    assert cleaned_up


# --- life of the loop


def test_runs_several_times(loop: BatchedQtEventLoop, run: Run) -> None:
    async def value(number: int) -> int:
        await asyncio.sleep(0.001)
        assert asyncio.get_running_loop() is loop
        return number

    assert [run(value(number)) for number in range(5)] == list(range(5))
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_runner(qapp: QApplication) -> None:
    async def main() -> str:
        await asyncio.to_thread(lambda: None)
        return type(asyncio.get_running_loop()).__name__

    with asyncio.Runner(loop_factory=lambda: create_event_loop(qapp)) as runner:
        assert runner.run(main()) == "BatchedQtEventLoop"
        assert runner.run(main()) == "BatchedQtEventLoop"


def test_stop_lets_what_is_queued_run(loop: BatchedQtEventLoop) -> None:
    seen: list[str] = []

    def stop() -> None:
        loop.call_soon(seen.append, "queued after the stop")
        loop.stop()
        spin(2 * BATCH_SECONDS)

    loop.call_soon(stop)
    loop.call_soon(seen.append, "queued before")
    loop.run_forever()
    assert seen == ["queued before"]
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert seen == ["queued before", "queued after the stop"]


def test_stop_before_the_run_makes_one_turn(loop: BatchedQtEventLoop) -> None:
    seen: list[int] = []
    loop.call_soon(seen.append, 1)
    loop.stop()
    loop.run_forever()
    assert seen == [1]


def test_stop_from_a_slot(loop: BatchedQtEventLoop) -> None:
    QTimer.singleShot(1, loop.stop)
    loop.run_forever()
    assert not loop.is_running()


def test_application_quit_leaves_the_loop_usable(loop: BatchedQtEventLoop, run: Run, qapp: QApplication) -> None:
    async def never() -> None:
        QTimer.singleShot(0, qapp.quit)
        await asyncio.Event().wait()

    task = loop.create_task(never())
    with pytest.raises(RuntimeError, match="stopped before"):
        loop.run_until_complete(task)

    async def shut_down() -> None:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(shut_down())


def test_qt_events_left_over_from_a_run_are_ignored(loop: BatchedQtEventLoop, run: Run) -> None:
    run(asyncio.sleep(0))
    seen: list[int] = []
    loop.call_soon(seen.append, 1)
    for left_over in (loop._on_wake_up, loop._on_deadline, loop._on_descriptors):
        left_over()
    assert seen == []
    run(until(lambda: seen))


def test_nothing_runs_while_the_loop_does_not(loop: BatchedQtEventLoop, run: Run, qapp: QApplication) -> None:
    run(asyncio.sleep(0))
    seen: list[int] = []
    loop.call_soon(seen.append, 1)
    loop.call_later(0, seen.append, 2)
    for _ in range(5):
        qapp.processEvents()
    assert seen == []
    run(until(lambda: len(seen) == 2))


def test_close_twice_and_use_after_close(loop: BatchedQtEventLoop, run: Run) -> None:
    run(asyncio.sleep(0))
    loop.close()
    loop.close()
    assert loop.is_closed()
    for attempt in (
        lambda: loop.call_soon(print),
        lambda: loop.call_later(0, print),
        lambda: loop.call_soon_threadsafe(print),
        loop.run_forever,
    ):
        with pytest.raises(RuntimeError, match="closed"):
            attempt()


def test_running_loop_refuses_to_run_or_close(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        with pytest.raises(RuntimeError):
            loop.close()
        with pytest.raises(RuntimeError):
            loop.run_forever()

    run(scenario())


def test_close_gives_the_descriptors_back(qapp: QApplication) -> None:
    def open_descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_descriptors()
    for _ in range(5):
        loop = BatchedQtEventLoop(qapp)
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    assert open_descriptors() == before


def test_abandoned_async_generator_is_finalised(run: Run) -> None:
    finalised: list[bool] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            finalised.append(True)

    async def scenario() -> None:
        async for _ in numbers():
            break
        gc.collect()
        await until(lambda: finalised)

    hooks = sys.get_asyncgen_hooks()
    run(scenario())
    assert sys.get_asyncgen_hooks() == hooks


def test_shutdown_asyncgens(loop: BatchedQtEventLoop, run: Run) -> None:
    finalised: list[bool] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            finalised.append(True)

    async def begin(generator: AsyncGenerator[int, None]) -> None:
        assert await anext(generator) == 1

    generator = numbers()
    run(begin(generator))
    run(loop.shutdown_asyncgens())
    assert finalised


# --- errors


def test_exception_handler_gets_what_a_callback_raises(loop: BatchedQtEventLoop, run: Run) -> None:
    contexts: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: contexts.append(context))
    assert loop.get_exception_handler() is not None
    error = ValueError("raised by a callback")

    def fail() -> None:
        raise error

    async def scenario() -> None:
        loop.call_soon(fail)
        loop.call_later(0.001, fail)
        await until(lambda: len(contexts) == 2)

    run(scenario())
    assert [context["exception"] for context in contexts] == [error, error]


def test_default_exception_handler_logs(loop: BatchedQtEventLoop, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_exit_from_a_callback_reaches_the_caller(loop: BatchedQtEventLoop, run: Run, kind: type[BaseException]) -> None:
    def leave() -> None:
        raise kind

    seen: list[int] = []
    loop.call_soon(leave)
    loop.call_soon(seen.append, 1)
    with pytest.raises(kind):
        loop.run_forever()
    assert seen == []
    run(until(lambda: seen))  # nothing queued was lost


def test_exit_from_a_coroutine_reaches_the_caller(run: Run) -> None:
    async def leave() -> None:
        await asyncio.sleep(0)
        raise SystemExit(7)

    with pytest.raises(SystemExit) as caught:
        run(leave())
    assert caught.value.code == 7


def test_debug_mode_reports_slow_callbacks_and_wrong_threads(
    loop: BatchedQtEventLoop, run: Run, caplog: pytest.LogCaptureFixture, expected_warnings: list[str]
) -> None:
    expected_warnings.append("took")
    loop.set_debug(True)
    loop.slow_callback_duration = 0.001

    async def scenario() -> None:
        loop.call_soon(spin, 0.002)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        def misuse() -> None:
            with pytest.raises(RuntimeError, match="thread-safe"):
                loop.call_soon(print)

        await asyncio.to_thread(misuse)
        with pytest.raises(TypeError):
            loop.call_soon(scenario)

    with caplog.at_level(logging.WARNING):
        run(scenario())
    reports = [record.getMessage() for record in caplog.records if "spin" in record.getMessage()]
    assert reports
    assert "created at " + __file__ in reports[0]


# --- fairness between Qt and asyncio


@pytest.mark.parametrize("interval_ms", [0, 2])
def test_spinning_callbacks_do_not_starve_qt_timers(loop: BatchedQtEventLoop, run: Run, interval_ms: int) -> None:
    turns = [0]
    spinning = [True]

    def again() -> None:
        turns[0] += 1
        if spinning[0]:
            loop.call_soon(again)

    async def scenario() -> None:
        enough = loop.create_future()
        ticks = QtTicks(interval_ms)
        loop.call_soon(again)
        while ticks.count < 20:
            await asyncio.sleep(0)
        spinning[0] = False
        ticks.stop()
        enough.cancel()

    run(scenario())
    assert turns[0] > 20


@pytest.mark.parametrize("interval_ms", [0, 2])
def test_busy_descriptors_do_not_starve_timers_of_either_side(
    loop: BatchedQtEventLoop, run: Run, interval_ms: int
) -> None:
    pairs = [socket.socketpair() for _ in range(20)]
    reads = [0]

    def on_readable() -> None:
        reads[0] += 1  # leaves the byte there: always readable

    async def scenario() -> None:
        for here, there in pairs:
            there.send(b"x")
            loop.add_reader(here, on_readable)
        ticks = QtTicks(interval_ms)
        for _ in range(10):
            await asyncio.sleep(0.002)
        await until(lambda: ticks.count >= 20)
        ticks.stop()
        for here, _ in pairs:
            loop.remove_reader(here)

    run(scenario())
    assert reads[0] > 20
    for pair in pairs:
        for end in pair:
            end.close()


def test_a_long_queue_is_cut_into_batches(loop: BatchedQtEventLoop, run: Run) -> None:
    ticks_seen: list[int] = []

    async def scenario() -> None:
        ticks = QtTicks(0)

        def slow() -> None:
            spin(BATCH_SECONDS)
            ticks_seen.append(ticks.count)

        for _ in range(50):
            loop.call_soon(slow)
        await until(lambda: len(ticks_seen) == 50)
        ticks.stop()

    run(scenario())
    assert len(set(ticks_seen)) > 10  # Qt had turns in between, not only after the last


def test_slow_readers_are_queued_once_and_in_turn(loop: BatchedQtEventLoop, run: Run) -> None:
    # Their callbacks outlast a batch, so batches end with readers still queued whose descriptors are ready.
    pairs = [socket.socketpair() for _ in range(20)]
    reads = [0] * len(pairs)
    longest_queue = [0]

    def on_readable(number: int) -> None:
        spin(BATCH_SECONDS / 3)
        reads[number] += 1
        longest_queue[0] = max(longest_queue[0], len(loop._ready))

    async def scenario() -> None:
        for number, (here, there) in enumerate(pairs):
            there.send(b"x")
            loop.add_reader(here, on_readable, number)
        await until(lambda: sum(reads) >= 300)
        for here, _ in pairs:
            loop.remove_reader(here)

    run(scenario())
    assert longest_queue[0] < 2 * len(pairs)
    assert max(reads) - min(reads) <= 2
    for pair in pairs:
        for end in pair:
            end.close()


class _Storm(QObject):
    """Answers every event with the next one, so Qt never runs out of them."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.blowing = True

    def post(self) -> None:
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.User:
            return super().event(event)
        self.count += 1
        if self.blowing:
            self.post()
        return True


def test_qt_events_do_not_starve_sockets(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        storm = _Storm()
        storm.post()
        ticks = QtTicks(0)
        server = await loop.create_server(Echo, "127.0.0.1", 0)
        await echoes_many(server.sockets[0].getsockname()[1], clients=5, rounds=20)
        await asyncio.sleep(0.002)
        storm.blowing = False
        ticks.stop()
        server.close()
        assert storm.count > 1
        assert ticks.count > 1

    run(scenario())


# --- nested Qt loops


class Background:
    """asyncio at work while something else happens: a timer chain and an echo conversation."""

    def __init__(self, loop: BatchedQtEventLoop) -> None:
        self._loop = loop
        self.ticks = 0
        self.echoes = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Background":
        self._server = await self._loop.create_server(Echo, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self._tasks = [self._loop.create_task(self._tick()), self._loop.create_task(self._converse(port))]
        await until(lambda: self.ticks > 1 and self.echoes > 1)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._server.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.002)
            self.ticks += 1

    async def _converse(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                writer.write(b"ping")
                await reader.readexactly(4)
                self.echoes += 1
                await asyncio.sleep(0.001)
        finally:
            writer.close()

    def leave_after_progress(self, leave: Callable[[], object]) -> QTimer:
        """Calls `leave` from Qt once both have gone on by ten; never when asyncio stands still."""
        ticks, echoes = self.ticks + 10, self.echoes + 10
        watch = QTimer(interval=1)

        def look() -> None:
            if self.ticks >= ticks and self.echoes >= echoes:
                watch.stop()
                leave()

        watch.timeout.connect(look)
        watch.start()
        return watch


def nested_loop(background: Background) -> None:
    nested = QEventLoop()
    watch = background.leave_after_progress(nested.quit)
    nested.exec()
    watch.stop()


def nested_menu(background: Background) -> None:
    menu = QMenu()
    menu.addAction("Nothing")
    watch = background.leave_after_progress(menu.close)
    menu.exec()
    watch.stop()


def nested_dialog(background: Background) -> None:
    dialog = QDialog()
    watch = background.leave_after_progress(dialog.accept)
    dialog.exec()
    watch.stop()


NESTED = pytest.mark.parametrize("block", [nested_loop, nested_menu, nested_dialog])


@NESTED
def test_nested_loop_in_a_slot(loop: BatchedQtEventLoop, run: Run, block: Callable[[Background], None]) -> None:
    async def scenario() -> None:
        async with Background(loop) as background:
            left = loop.create_future()

            def slot() -> None:
                before = background.ticks
                block(background)
                left.set_result(background.ticks - before)

            QTimer.singleShot(0, slot)
            assert await left >= 10

    run(scenario())


@NESTED
def test_nested_loop_in_a_callback(loop: BatchedQtEventLoop, run: Run, block: Callable[[Background], None]) -> None:
    async def scenario() -> None:
        async with Background(loop) as background:
            left = loop.create_future()

            def callback() -> None:
                block(background)
                left.set_result(None)

            loop.call_soon(callback)
            await left

    run(scenario())


@NESTED
def test_nested_loop_in_a_coroutine(loop: BatchedQtEventLoop, run: Run, block: Callable[[Background], None]) -> None:
    async def scenario() -> None:
        problems: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _loop, context: problems.append(context))
        async with Background(loop) as background:
            me = asyncio.current_task()
            block(background)
            assert asyncio.current_task() is me
        assert problems == []

    run(scenario())


def test_nested_loop_with_nothing_else_going_on(loop: BatchedQtEventLoop, run: Run) -> None:
    # Only what the callback queued itself can end its nested loop: no socket, no timer set before.
    async def scenario() -> None:
        nested = QEventLoop()
        left = loop.create_future()

        def callback() -> None:
            loop.call_soon(loop.call_later, 0.001, nested.quit)
            nested.exec()
            left.set_result(None)

        loop.call_soon(callback)
        await left

    run(scenario())


def test_order_is_kept_across_a_nested_loop(loop: BatchedQtEventLoop, run: Run) -> None:
    seen: list[int] = []

    async def scenario() -> None:
        nested = QEventLoop()

        def callback() -> None:
            nested.exec()
            seen.append(-1)

        loop.call_soon(callback)
        for number in range(10):
            loop.call_soon(seen.append, number)
        loop.call_soon(nested.quit)
        await until(lambda: -1 in seen)

    run(scenario())
    assert seen == [*range(10), -1]


def test_nested_loops_in_nested_loops(loop: BatchedQtEventLoop, run: Run) -> None:
    async def scenario() -> None:
        async with Background(loop) as background:
            depth: list[int] = []

            async def open_another(level: int) -> None:
                depth.append(level)
                if level < 3:
                    inner = loop.create_task(open_another(level + 1))
                    nested = QEventLoop()
                    inner.add_done_callback(lambda _: nested.quit())
                    nested.exec()
                    assert inner.done()
                else:
                    nested_loop(background)
                depth.append(-level)

            await open_another(0)
            assert depth == [0, 1, 2, 3, -3, -2, -1, 0]

    run(scenario())


def test_stop_leaves_nested_loops_too(loop: BatchedQtEventLoop) -> None:
    left: list[bool] = []

    def slot() -> None:
        loop.call_later(0.002, loop.stop)
        QEventLoop().exec()
        left.append(True)

    QTimer.singleShot(0, slot)
    loop.run_forever()
    assert left
    assert not loop.is_running()


def test_exit_from_within_a_nested_loop_reaches_the_caller(loop: BatchedQtEventLoop) -> None:
    def leave() -> None:
        raise SystemExit(5)

    def callback() -> None:
        loop.call_later(0.002, leave)
        QEventLoop().exec()

    loop.call_soon(callback)
    with pytest.raises(SystemExit):
        loop.run_forever()


def test_many_concurrent_tasks(run: Run) -> None:
    async def worker(number: int, gate: Awaitable[object]) -> int:
        await gate
        await asyncio.sleep(number % 7 / 1000)
        return number

    async def scenario() -> None:
        gate = asyncio.Event()
        work = asyncio.gather(*(worker(number, gate.wait()) for number in range(500)))
        gate.set()
        assert await work == list(range(500))

    run(scenario())
