#!/usr/bin/env python
"""Run Django's command line with the project's settings."""

import os
import sys

from pierre import command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    command_line.run(sys.argv)
