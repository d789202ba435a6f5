"""The only files that touch the running gateway: snapshots come in, commands go out."""
