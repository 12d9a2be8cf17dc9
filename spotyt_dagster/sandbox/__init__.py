"""The two APIs on loopback, with quota, errors and injected faults.

Simulated numbers are not findings: whatever is crawled from here has api = "sandbox".
"""
