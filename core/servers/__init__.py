"""The sockets that listen, and what happens to a client that reads slowly."""
