"""Connections: who is connected, who is slow, and the details of one client."""
