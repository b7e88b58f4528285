"""Trust from files: ``source`` faces the port; bundles, epoch keys and lists each know one kind of file."""
