"""Inputs that a generator made up: what is read from strangers must never end in a crash."""
