"""Tests of the local Cloud API."""
