"""Tests of the services, one handler at a time."""
