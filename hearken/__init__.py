"""The command line, and the services that `hearken up` brings along."""
