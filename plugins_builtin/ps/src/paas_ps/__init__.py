"""An app's processes: scale, restart, rebuild, stop and start."""
