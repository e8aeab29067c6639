"""What keeps the stack from starting, said to the person at the console; each with the exit code of its kind."""


class StackError(Exception):
    """The stack can't start or go on; the message says what is wrong and what to do."""

    exit_code = 1


class PortTaken(StackError):
    """A port that the settings name is used by somebody else."""

    exit_code = 2


class AlreadyRunning(StackError):
    """Another process runs the stack of this WORKSHOP_HOME."""

    exit_code = 3
