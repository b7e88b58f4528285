"""Unix sockets on this machine: one server of lines, and what the workbench and the local control make of it."""
