"""The ledger: claims before a message leaves, outcomes after."""
