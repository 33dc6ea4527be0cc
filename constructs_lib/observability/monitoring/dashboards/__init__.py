"""Dashboards: a page for each thing one looks for, and an overview that leads to them."""
