"""DataCite's REST API (lupo 05afac46)."""
