"""From text to documents: pages, workbooks, published artefacts."""
