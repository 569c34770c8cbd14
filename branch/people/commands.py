"""What every command that acts for a person shares: `--as`, `--branch`, and a refusal said plainly with exit code 1."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from branch.audit.actions import source
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branch_by_code, person_for
from kernel.months import Month
from kernel.refusals import Refusal


def month_argument(text: str) -> Month:
    """A month on the command line, `2026-10`."""
    try:
        return Month.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class ActingCommand(BaseCommand):
    """A command that acts as a person, under the same rules as the page. Subclasses define `act`."""

    needs_branch = True

    def add_arguments(self, parser: CommandParser) -> None:
        if self.needs_branch:
            parser.add_argument("--branch", required=True, help="营业部代码,例如 0755FT")
        parser.add_argument("--as", dest="username", required=True, help="以谁的身份(工号)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with source("command"):
                person = person_for(options["username"])
                branch = branch_by_code(options["branch"]) if self.needs_branch else None
                self.act(person, branch, options)
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            for item in refusal.items:
                self.stderr.write(f"  - {item}")
            sys.exit(1)

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        """Do the work as `person`; raise Refusal when it can't be done."""
        raise NotImplementedError
