"""The cloud engineer: reads an AWS account, explains it, prices it, and changes it after its user has confirmed."""
