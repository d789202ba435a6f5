"""The frame: sign-in window, main window with navigation and status bar, and the way from one to the other."""
