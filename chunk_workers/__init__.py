"""The workers: decode, plan, recognise, fold. Models live here and nowhere else."""
