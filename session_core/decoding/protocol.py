"""What sandbox and zygote say to each other. Byte order and sizes are the machine's: both ends run on it.

Control socket (``SOCK_SEQPACKET``): the zygote sends ``READY`` once; each ``DECODE`` to it carries one end of a
stream socket. On that stream goes one request: ``REQUEST_HEAD`` (most samples, wall-clock limit in seconds, length
of the media type, length of the file), the media type in UTF-8, the file. Back comes ``ANSWER_HEAD`` (kind, length)
with the samples (see ``pcm``), with why the file is refused, or with the type of error that the decoder failed with.
"""

from __future__ import annotations

import struct

READY = b"ready"
DECODE = b"decode"
REQUEST_HEAD = struct.Struct("=IdHI")
ANSWER_HEAD = struct.Struct("=cI")
SAMPLES = b"S"
REFUSED = b"R"
FAILED = b"F"
LONGEST_MESSAGE = 1_000
