"""The only room that knows all others: builds, starts, stops, and gives the operator his controls."""
