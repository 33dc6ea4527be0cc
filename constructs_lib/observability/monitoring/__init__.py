"""Metrics, alarms and dashboards for what the other constructs make."""
