"""The gateway. Runs alone, without a window; knows nothing of gui/ or Qt.

Rooms, top to bottom (a room imports only from rooms below it; pyproject.toml holds the contracts):

headless        the gateway without a window: `python -m core`
cli             flags in, the profile's folders, lock and log
gateway         the only file that knows all rooms: builds, starts, stops, implements GatewayControls
servers         the sockets that listen, one connection class, what a slow client gets
dispatch        one call in, one reply out: needs, limits, desk
quotes          subscriptions, quotas, cache, fan-out
login           the steps from a chosen source to READY
upstreams       where data comes from: practice, later an official OpenD
wire            bytes to calls and back, without any I/O
settings        the option table and what it makes
monitoring      is written to, calls nobody: logs, counters, events, snapshots
runtime         loop, tasks, paths, clock, language
api_messages    the public API's vocabulary: schema and protocol catalogue
model           our own words: frozen values and ports
"""
