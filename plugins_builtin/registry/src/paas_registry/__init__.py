"""Log in to registries of images, and push what is released."""
