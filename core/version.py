"""The version, written here and nowhere else: the package metadata is made from this line."""

VERSION = "0.1.0"
