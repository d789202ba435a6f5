"""Sans-I/O protocol of the API port: bytes in, calls out, and back. No socket, no clock, no event loop."""
