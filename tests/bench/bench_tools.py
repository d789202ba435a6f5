"""What the benchmarks share: the C peer, CPU pinning, Redis to compare with, medians and tables.

Not a benchmark itself. Linux, a C compiler and, for the comparison, redis-server.
"""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Final

BENCH_DIRECTORY: Final = Path(__file__).resolve().parent
BUILD_DIRECTORY: Final = BENCH_DIRECTORY / "build"

SERVER_CPU: Final = 0
CLIENT_CPU: Final = 1

_HEADER: Final = struct.Struct("<2sIBBII20s8s")
_START_SECONDS: Final = 20.0
_HELLO_AND_WARM_UP_SECONDS: Final = 20.0

Measures = dict[str, float]


# Building and pinning


def peer_program() -> Path:
    """The C peer, compiled when peer.c is newer. Raises RuntimeError without a compiler."""
    source = BENCH_DIRECTORY / "peer.c"
    program = BUILD_DIRECTORY / "peer"
    if program.exists() and program.stat().st_mtime >= source.stat().st_mtime:
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise RuntimeError("the benchmarks need a C compiler")
    BUILD_DIRECTORY.mkdir(exist_ok=True)
    fresh = program.with_suffix(f".{os.getpid()}")
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-o", fresh, source], check=True)
    fresh.replace(program)
    return program


@contextlib.contextmanager
def on_cpu(cpu: int | None) -> Iterator[None]:
    """Processes started inside run on this CPU (modulo those we may use); None leaves them anywhere."""
    allowed = os.sched_getaffinity(0)
    if cpu is not None:
        os.sched_setaffinity(0, {sorted(allowed)[cpu % len(allowed)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def cpu_seconds(process_id: int) -> float:
    """User and system time a process has used so far, its threads included."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def idle_spinners() -> Iterator[None]:
    """Keep every CPU from halting with processes of the idle class.

    On a virtual machine waking a halted CPU takes milliseconds, which drowns one connection's round trip.
    """
    source = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    spinners = []
    for cpu in range(len(os.sched_getaffinity(0))):
        with on_cpu(cpu):
            spinners.append(subprocess.Popen([sys.executable, "-S", "-c", source]))
    try:
        yield
    finally:
        for spinner in spinners:
            end_process(spinner)


# Processes


def end_process(process: subprocess.Popen[bytes], seconds: float = 5.0) -> None:
    """Terminate, then kill after `seconds`."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


class ServerProcess:
    """A server under test: a process whose first line of output is its port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    @property
    def process_id(self) -> int:
        return self.process.pid

    def ask(self, word: str) -> Measures:
        """Send a line to its standard input and read the JSON object it answers with."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))


@contextlib.contextmanager
def server_process(
    command: Sequence[str | Path], *, cpu: int | None = SERVER_CPU, environment: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """Start a server that prints its port first; it is ended on leaving. Raises RuntimeError if it prints none."""
    with on_cpu(cpu):
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.isdigit():
            raise RuntimeError(f"{command[0]} printed no port but {line!r}")
        yield ServerProcess(process, int(line))
    finally:
        end_process(process)


# The peer


def frame(kind: int, serial: int, body: bytes, *, body_format: int = 0) -> bytes:
    """One frame of the API protocol. `body_format`: 0 protobuf, 1 JSON."""
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return _HEADER.pack(b"FT", kind, body_format, 0, serial, len(body), digest, bytes(8)) + body


def _run_peer(words: Sequence[str | Path], seconds: float) -> Measures:
    program = peer_program()
    with on_cpu(CLIENT_CPU):
        process = subprocess.Popen(
            [program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
    try:
        output, errors = process.communicate(timeout=seconds + _HELLO_AND_WARM_UP_SECONDS)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise RuntimeError(errors.decode().strip() or f"the peer ended with {process.returncode}")
    return dict(json.loads(output))


@contextlib.contextmanager
def _hello_file(hello: bytes | Sequence[bytes]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        if isinstance(hello, bytes):
            path = Path(directory, "hello")
            path.write_bytes(hello)
            yield str(path) if hello else "-"
        else:
            for number, own in enumerate(hello):
                Path(directory, f"hello-{number}").write_bytes(own)
            yield str(Path(directory, "hello-%d"))


def measure_requests(
    port: int,
    connections: int,
    seconds: float,
    *,
    request: bytes,
    hello: bytes | Sequence[bytes] = b"",
    server_process_id: int | None = None,
) -> Measures:
    """Closed loop: each connection sends `request`, waits for the answers, sends it again.

    `request` is one or more frames of one kind (several: pipelined). `hello` is frames sent one by one, each
    answered before the next; a sequence holds one hello per connection. Returns requests_per_second, p50_us,
    p90_us, p99_us, p999_us, max_us (a round trip of all of `request`), answer_bytes, requests, seconds,
    peer_cpu (near 1 means the peer was the limit) and, with a process id, server_cpu and cpu_us_per_request.
    Raises RuntimeError when the server hangs up, answers no hello or sends something else.
    """
    used = _CpuWatch(server_process_id)
    with _hello_file(hello) as hello_file, tempfile.NamedTemporaryFile() as request_file:
        request_file.write(request)
        request_file.flush()
        measures = _run_peer(["rr", str(port), str(connections), str(seconds), hello_file, request_file.name], seconds)
    return used.add_to(measures, "requests_per_second", "cpu_us_per_request")


def measure_sink(
    port: int,
    clients: int,
    seconds: float,
    *,
    hello: bytes | Sequence[bytes] = b"",
    count: str | float = "frames",
    server_process_id: int | None = None,
) -> Measures:
    """Clients that only read what the server pushes.

    `hello` as in `measure_requests`. `count` is "frames" (API frames, from their headers), "redis" (RESP
    replies; the hello is sent without waiting) or a frame size in bytes to divide by (likewise). Returns
    frames_per_second and bytes_per_second of all clients, fairness (the slowest client's share of the mean, 0 to 1),
    least_frames, most_frames, frames, clients, seconds, peer_cpu and, with a process id, server_cpu and
    cpu_us_per_frame.
    """
    used = _CpuWatch(server_process_id)
    with _hello_file(hello) as hello_file:
        words = ["sink", str(port), str(clients), str(seconds), hello_file]
        measures = _run_peer([*words, *([] if count == "frames" else [str(count)])], seconds)
    measures.pop("per_client", None)
    return used.add_to(measures, "frames_per_second", "cpu_us_per_frame")


class _CpuWatch:
    """The CPU a server used while the peer ran; includes the peer's short hello and warm-up."""

    def __init__(self, process_id: int | None) -> None:
        self._process_id = process_id
        self._cpu = cpu_seconds(process_id) if process_id else 0.0
        self._clock = monotonic()

    def add_to(self, measures: Measures, rate: str, name: str) -> Measures:
        if self._process_id:
            share = (cpu_seconds(self._process_id) - self._cpu) / (monotonic() - self._clock)
            measures["server_cpu"] = share
            measures[name] = share / measures[rate] * 1e6 if measures[rate] else 0.0
        return measures


@contextlib.contextmanager
def fan_server(clients: int, frames: bytes) -> Iterator[ServerProcess]:
    """The ceiling: a C server that sends the same ready frames to all clients as fast as they read."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(frames)
        file.flush()
        with server_process([peer_program(), "fan", str(clients), file.name]) as server:
            yield server


# Redis


def have_redis() -> bool:
    return shutil.which("redis-server") is not None


def resp(*words: bytes) -> bytes:
    """A Redis command; a pub/sub message on the wire has the same form."""
    parts = [b"*%d\r\n" % len(words)]
    parts.extend(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    return b"".join(parts)


@contextlib.contextmanager
def redis_server() -> Iterator[ServerProcess]:
    """A Redis without persistence or a limit on subscribers' buffers, on the server's CPU and 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        options = {
            "port": str(port),
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "client-output-buffer-limit": "pubsub 0 0 0",
            "dir": directory,
        }
        command = ["redis-server"]
        for name, value in options.items():
            command += [f"--{name}", *(value.split() or [""])]
        with on_cpu(SERVER_CPU):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for_port(process, port)
            yield ServerProcess(process, port)
        finally:
            end_process(process)


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    end = monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if process.poll() is not None or monotonic() > end:
                raise RuntimeError("redis-server did not start") from None
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)


# Sends its batch, waits until the server has answered every command of it, and again.
_PRODUCER: Final = """
import socket, sys
port, commands = int(sys.argv[1]), int(sys.argv[2])
batch = sys.stdin.buffer.read()
connection = socket.create_connection(("127.0.0.1", port))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
buffer = bytearray(1 << 20)
while True:
    connection.sendall(batch)
    answered = 0
    while answered < commands:
        got = connection.recv_into(buffer)
        if not got:
            sys.exit()
        answered += buffer.count(b"\\n", 0, got)
"""


@contextlib.contextmanager
def redis_producers(
    port: int, messages: Sequence[tuple[bytes, bytes]], *, batch: int, producers: int = 2
) -> Iterator[None]:
    """Processes that publish (channel, payload) without end, `batch` PUBLISHes pipelined in one write."""
    commands = [resp(b"PUBLISH", channel, payload) for channel, payload in messages]
    pipelined = b"".join(commands[number % len(commands)] for number in range(batch))
    running: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(producers):
            with on_cpu(CLIENT_CPU):
                process = subprocess.Popen(
                    [sys.executable, "-S", "-c", _PRODUCER, str(port), str(batch)],
                    stdin=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            running.append(process)
            assert process.stdin is not None
            process.stdin.write(pipelined)
            process.stdin.close()
        yield
    finally:
        for process in running:
            end_process(process)


def measure_redis_fan_out(
    messages: Sequence[tuple[bytes, bytes]], clients: int, seconds: float, *, batch: int, producers: int = 2
) -> Measures:
    """Redis pub/sub as the yardstick: every client subscribed to all channels. Measures as `measure_sink`."""
    channels = sorted({channel for channel, _ in messages})
    with redis_server() as server, redis_producers(server.port, messages, batch=batch, producers=producers):
        return measure_sink(
            server.port,
            clients,
            seconds,
            hello=resp(b"SUBSCRIBE", *channels),
            count="redis",
            server_process_id=server.process_id,
        )


# Medians and tables


def interleaved(cases: Mapping[str, Callable[[], Measures]], rounds: int) -> dict[str, Measures]:
    """The median of each measure of each case; every round runs each case once, so noise hits all alike.

    A case that raises is reported on standard error and left out of that round.
    """
    results: dict[str, list[Measures]] = {name: [] for name in cases}
    for number in range(rounds):
        for name, measure in cases.items():
            try:
                results[name].append(measure())
            except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
                print(f"{name}, round {number + 1}: {error}", file=sys.stderr)
    return {name: medians(runs) for name, runs in results.items() if runs}


def medians(runs: Sequence[Measures]) -> Measures:
    return {measure: statistics.median(run[measure] for run in runs if measure in run) for measure in runs[0]}


class Column:
    """A column of a table: a heading, a measure, its divisor and decimals, or the ratio to another case."""

    def __init__(
        self, heading: str, measure: str, *, divisor: float = 1.0, decimals: int = 0, ratio_to: str | None = None
    ) -> None:
        self.heading = heading
        self.measure = measure
        self.divisor = divisor
        self.decimals = decimals
        self.ratio_to = ratio_to

    def text(self, case: Measures, cases: Mapping[str, Measures]) -> str:
        """What stands in the cell; "-" where there is no such measure or no case to compare with."""
        value = case.get(self.measure)
        divisor = self.divisor
        if self.ratio_to is not None:
            divisor = cases.get(self.ratio_to, {}).get(self.measure, 0.0)
        if value is None or not divisor:
            return "-"
        return f"{value / divisor:.{self.decimals}f}"


def print_table(title: str, cases: Mapping[str, Measures], columns: Sequence[Column]) -> None:
    """A Markdown table with one line per case, its columns aligned."""
    lines = [[title, *(column.heading for column in columns)]]
    lines += [[name, *(column.text(case, cases) for column in columns)] for name, case in cases.items()]
    widths = [max(len(line[number]) for line in lines) for number in range(len(lines[0]))]
    for number, line in enumerate(lines):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |")
    print(flush=True)
