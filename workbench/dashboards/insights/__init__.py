"""CloudWatch Logs Insights over local log events: the commands and functions that dashboards' queries use."""
