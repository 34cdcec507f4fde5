"""What simulated network equipment answers, by platform: written for the tests after the vendors' documentation."""
