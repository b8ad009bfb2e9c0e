"""What several tests share: corpora, repositories, workbooks, and the linter as a process."""
