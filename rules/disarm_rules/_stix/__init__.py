"""The objects of a STIX bundle, and what they must say by the framework."""
