"""Run a command with a PostgreSQL of its own: with_postgres.py COMMAND ARGUMENT…

DATABASE_URL names a migrated database, and TEMPLATE_DATABASE the same for tests to copy.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.postgres import new_database, temporary_postgres
from bench.processes import ending_in_order

NAME = "chat"

with ending_in_order(), temporary_postgres(durable=False) as database:
    url = new_database(database.url, NAME)
    environment = {**os.environ, "DATABASE_URL": url, "TEMPLATE_DATABASE": NAME}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=environment, check=True)
    sys.exit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
