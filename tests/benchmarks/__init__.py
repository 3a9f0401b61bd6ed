"""What paas costs, as ratios within one run; see `run`."""
