"""One estimator per family of resources, each `(resources, usage, prices) -> lines`, and the table of all."""
