"""`voldaan faults`: everything that can go wrong between us and a partner, played against its twin on loopback."""
