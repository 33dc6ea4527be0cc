"""What an app costs a month, before it is deployed: synthesized templates, a usage profile, and AWS's prices."""
