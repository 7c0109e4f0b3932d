"""`python3 run.py NAME...`: run.ts in Python; each script runs in a child of this process."""

import os
import runpy
import sys
import tempfile

import support  # once for all of them

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
for name in sys.argv[1:]:
    print(f"=== {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="berkeley-") as directory:
        child = os.fork()
        if child == 0:
            os.chdir(directory)
            runpy.run_path(os.path.join(folder, f"{name}.py"), run_name="__main__")
            sys.exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        sys.exit(f"{name} ended with {status}")
