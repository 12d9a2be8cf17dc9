"""An offline world: a made-up data set, and the two APIs on loopback with quota, errors and faults.

Simulated numbers never pass for findings: whatever is crawled from here bears api = "sandbox".
"""
