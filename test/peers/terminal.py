# Runs a command at a terminal of its own: what comes on standard input is typed there.
import os
import pty
import sys

sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
