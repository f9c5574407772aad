#!/usr/bin/env python
"""Run Django's command line with the project's settings."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pierre.settings")
    execute_from_command_line(sys.argv)
