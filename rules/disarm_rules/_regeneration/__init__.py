"""What pages would say if they were generated from the master data now."""
