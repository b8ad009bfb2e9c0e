"""What is published beside the pages: id lists, and STIX bundles with their objects."""
