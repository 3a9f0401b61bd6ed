"""What holds for all members alike: the tree, imports, hooks, commands, and each plugin on its own."""
