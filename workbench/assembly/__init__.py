"""Reads a synthesized cloud assembly (`cdk.out`) into typed objects: the one place that parses templates."""

from workbench.assembly.model import (
    AssemblyError,
    CloudAssembly,
    Environment,
    FileAsset,
    FileDestination,
    ImageAsset,
    Resource,
    Stack,
    Template,
)
from workbench.assembly.reader import read_assembly

__all__ = [
    "AssemblyError",
    "CloudAssembly",
    "Environment",
    "FileAsset",
    "FileDestination",
    "ImageAsset",
    "Resource",
    "Stack",
    "Template",
    "read_assembly",
]
