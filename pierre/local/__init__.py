"""Pierre on one laptop: the server, the simulator and the cast, for `run`, `demo` and the tests."""
