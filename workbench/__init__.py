"""The workbench: runs, reviews, prices and load-tests synthesized CDK templates on a laptop, without an AWS account."""
