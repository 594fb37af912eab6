"""What a checkpoint is and how this machine is set up. Nothing here loads torch."""
