"""The auditor's command: checks a town's log without trusting us. Never Django, never a database."""
