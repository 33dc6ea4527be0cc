"""Dashboards and alarms of deployed templates, evaluated on the local cloud's own data."""
