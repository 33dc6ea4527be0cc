"""`python -m workbench` is `agentcore-workbench`."""

from workbench.cli import main

main()
