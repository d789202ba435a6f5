"""One folder per page. A page draws its parts of a snapshot and says by signal what the user wants."""
