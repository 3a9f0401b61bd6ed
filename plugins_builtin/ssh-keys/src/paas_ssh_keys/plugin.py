"""The ssh keys that may push and run commands. (Its work is in its commands; sshd reads the file.)"""
