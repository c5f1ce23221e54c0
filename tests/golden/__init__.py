"""The acceptance cases of the contract (§18), over a real socket."""
