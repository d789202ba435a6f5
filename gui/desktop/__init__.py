"""What ties the window to the desktop it runs on: the event loop, the tray, files and links."""
