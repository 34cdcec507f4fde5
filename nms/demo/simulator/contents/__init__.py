"""What each kind of simulated equipment keeps in its MIB: the standard modules of its role, and its vendor's tree."""
