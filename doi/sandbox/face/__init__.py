"""The sandbox's pages for people: what the registry holds, what it was asked, and what is made to go wrong."""
