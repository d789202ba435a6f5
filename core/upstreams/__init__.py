"""Where data and executions come from. One port (upstream.py), one folder per upstream."""
