"""What asks the network: only where a run is told to."""
