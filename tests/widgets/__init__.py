"""Tests of the widgets: models in plain pytest, views without a kernel."""
