"""The parts of the policy embeddingmatcher; function.py puts them together."""
