"""The command line: the composition root that starts, supervises and checks everything else."""
