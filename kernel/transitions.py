"""A table of moves: which act leads from which state to which. The one place a state changes is `Moves.after`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.refusals import Refusal


@dataclass(frozen=True)
class Moves:
    """`table[(state, act)] = next state`. `states` and `acts` give each its Chinese word, for sentences and diagrams."""

    subject: str
    states: Mapping[str, str]
    acts: Mapping[str, str]
    table: Mapping[tuple[str, str], str]

    def after(self, state: str, act: str) -> str:
        """The state after `act`; a move that the table lacks is refused with both words."""
        try:
            return self.table[(state, act)]
        except KeyError:
            raise Refusal(
                f"{self.subject}现为“{self.states.get(state, state)}”,不能{self.acts.get(act, act)}", code="wrong_state"
            ) from None

    def can(self, state: str, act: str) -> bool:
        return (state, act) in self.table

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, in Chinese, for docs/diagrams."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {state}: {word}" for state, word in self.states.items()]
        lines += [f"    {state} --> {after}: {self.acts[act]}" for (state, act), after in self.table.items()]
        return "\n".join(lines) + "\n"
