"""The windows of Gatehouse: they draw snapshots of the gateway and send it commands.

__main__      `python -m gui`
application   builds everything once
shell         sign-in window, main window, status bar, and the way from one to the other
pages         one folder per page: what it draws from a snapshot; pages do not know each other
dialogs       questions that need an answer, always with open(), never with exec()
bridge        the only files that touch the running gateway: snapshots in, coroutines out
widgets       parts without knowledge of the gateway; texts and values are handed to them
theme         design tokens -> palette, style sheet, icons, fonts
language      texts, figures and state words in the reader's language
desktop       what differs between systems, and the event loop
preferences   window places, theme, language: nothing of the gateway
"""
