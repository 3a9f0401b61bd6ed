"""List and change the plugins of this server. (Its work is in its commands; it implements no hook.)"""
