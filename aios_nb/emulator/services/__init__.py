"""One file per AIOS service: each turns a request into a response and decides nothing."""
