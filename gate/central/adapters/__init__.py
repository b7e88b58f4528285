"""What the centre uses of the outside, one thing each: a database, a broker."""
