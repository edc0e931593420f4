"""Loaded once by the process from which workers and twins are forked, so that each of them starts at once."""

import flows.cli
import flows.deliver
import flows.faults.processes
import flows.workspace  # noqa: F401
