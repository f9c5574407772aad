"""The participants directory of Open Finance Brasil: its brands, and how they become our banks."""
