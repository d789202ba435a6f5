"""Questions and texts over a window: opened with open(), answered by signals, Esc is the safe answer."""
