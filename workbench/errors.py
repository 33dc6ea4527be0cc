"""The error every part of the workbench raises for what its user can put right."""


class WorkbenchError(Exception):
    """Something the user can put right; the command line prints it as one line and ends with exit code 2.

    Args:
        message: What is wrong, the value met, and what to do, in one line.
        detail: Further lines worth reading, for example the end of a log. Default: none.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail
