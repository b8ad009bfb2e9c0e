"""The audit: a report for people about a whole corpus."""
