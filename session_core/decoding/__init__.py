"""From a chunk's file to samples, for nodes and workers alike.

The decoder itself (``decoder``, ``zygote``) runs in processes of its own alone; what a program imports is ``sandbox``,
which starts them.
"""
