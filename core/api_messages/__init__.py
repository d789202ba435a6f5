"""The public API's vocabulary: the compiled schema and the table of protocols."""
