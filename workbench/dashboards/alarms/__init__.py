"""Alarms of deployed templates, evaluated as CloudWatch does."""
