"""What people want of DOIs. One file per intent; each writes what is wanted and sets it due; none touches the network."""
