"""DataCite Metadata Schema 4 as the registries judge it: word lists, the form of a record, the mandatory six."""
