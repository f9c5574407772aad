"""The rules of a Flow JSON: each module's `problems` yields readable lines, each with its place."""
