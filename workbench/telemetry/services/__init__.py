"""The metrics that AWS services publish of the requests they answer, made from requests answered on this machine.

Names and dimensions are those of tests/data/cloudwatch/service_metrics.toml, which names the AWS page of each.
"""
