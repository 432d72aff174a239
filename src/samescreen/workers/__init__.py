"""Other processes of this host that send pictures to viewers: `--workers`."""
