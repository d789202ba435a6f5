"""From a chosen source to READY."""
