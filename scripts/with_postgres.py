"""Run a command with DATABASE_URL naming a PostgreSQL of its own: with_postgres.py COMMAND ARGUMENT…"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.postgres import temporary_postgres
from bench.processes import ending_in_order

with ending_in_order(), temporary_postgres() as database:
    environment = {**os.environ, "DATABASE_URL": database.url}
    sys.exit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
