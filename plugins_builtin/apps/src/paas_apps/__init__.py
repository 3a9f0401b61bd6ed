"""Create, list, rename, clone, lock and destroy apps."""
