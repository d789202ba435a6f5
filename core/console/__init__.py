"""Operations commands: one line in, one text out. Reaches the gateway through GatewayControls only.

Standard input, `--command`, telnet and the window's console all run the same table by the same `Console`.
"""
