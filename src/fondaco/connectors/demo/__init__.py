"""The demo company: a maker and seller of espresso machines that has lived for a year through the real verbs."""
