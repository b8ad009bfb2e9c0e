"""Where the files of a corpus come from: disk, memory, git."""
