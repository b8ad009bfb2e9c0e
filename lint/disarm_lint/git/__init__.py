"""What git knows: the files of a commit, and those that are about to be committed."""
