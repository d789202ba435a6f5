"""Words, figures and times as the reader expects them."""
