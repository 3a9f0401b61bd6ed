"""Deploy an app by git push, and from archives, folders, images and other repositories."""
