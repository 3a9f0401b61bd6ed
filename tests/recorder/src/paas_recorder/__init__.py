"""Write down every hook that is called."""
