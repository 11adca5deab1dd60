"""The command line: the composition root that starts, supervises and examines everything else."""
