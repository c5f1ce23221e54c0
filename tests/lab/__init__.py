"""Tests of the policy lab; a package, so that its conftest has a name of its own."""
