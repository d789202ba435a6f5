"""How everything looks: tokens.json becomes a palette, one style sheet, icons and fonts."""
