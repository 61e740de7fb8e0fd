"""Gates' scans, verdicts, online presence, the ledger."""
