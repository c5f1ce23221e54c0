"""The parts of the policy llmmatcher; function.py puts them together."""
