"""The two APIs on loopback, with quota, errors and injected faults.

Simulated numbers never pass for findings: whatever is crawled from here bears api = "sandbox".
"""
