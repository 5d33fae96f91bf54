"""Files from outside, read in a process of their own with little time, memory and no way out."""
