"""Whether new processes work before requests reach them."""
