"""Overview: is it serving, what is loaded, what happened."""
