"""What decides whether and when an automation runs: pure, without a database, a clock or Temporal."""
