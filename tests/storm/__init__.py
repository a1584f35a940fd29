"""Deaths at every named place and whole storms, in one process: see `tests.storm.storm`."""
