"""What tests, the demo and the page use to steer the simulator and to look into it."""
