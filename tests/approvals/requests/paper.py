"""A request as a person would keep it on paper, in a few lines: the model that the engine is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

POOLS = {"X": frozenset("ab"), "Y": frozenset("bc")}
"""Names that stand for a role: whoever holds it may sign."""


@dataclass
class Place:
    """A name on the paper and what it answered. `by`: who added or chose it; `own`: it stands in the route, nobody added it."""

    name: str
    turn: int = 0
    answer: str | None = None
    to: int | None = None
    by: str | None = None
    own: bool = True

    @property
    def who(self) -> frozenset[str]:
        return POOLS.get(self.name, frozenset({self.name}))


@dataclass
class Sheet:
    """A stage as the route has it: how its places sign, their names, whether the stage before names them (or nobody).

    `resume`: what it sent back begins here again.
    """

    mode: str
    on_return: str
    names: list[str]
    chosen: bool = False
    share: int = 60
    may_be_none: bool = False
    resume: bool = False


@dataclass
class Paper:
    """The request: its stages, where it stands, what was said. Each act returns whether it may be done; then it is done.

    `said`: by stage, whose voices it has (a deputy's signature has two). `lent`: deputy → who is signed for.
    """

    plan: list[Sheet]
    state: str = "pending"
    round: int = 1
    at: int = 0
    said: list[list[str]] = field(default_factory=list)
    named: dict[int, list[str]] = field(default_factory=dict)
    places: dict[int, list[list[Place]]] = field(default_factory=dict)
    lent: dict[str, str] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)

    def begin(self, at: int) -> bool:
        """A round from stage `at`; what was said before it stands."""
        self.state, self.at = "pending", at
        self.said = [names for i, names in enumerate(self.said) if i < at] + [[] for _ in self.plan[at:]]
        self.places = {}
        for i, sheet in enumerate(self.plan):
            names = (self.named.get(i) if i - 1 < at else None) if sheet.chosen else sheet.names
            if i >= at and names is not None:
                self.places[i] = [[Place(name)] for name in names]
        if not any(self.places.get(i) and sheet.mode != "read" for i, sheet in enumerate(self.plan)):
            return self.begin(0) if at else False
        if not self.can_end():
            return False
        self.advance()
        return True

    def advance(self) -> None:
        """Past stages that nobody signs: 传阅, handed round, and those for which nobody was named."""
        while self.at < len(self.plan) and (self.plan[self.at].mode == "read" or self.places.get(self.at) == []):
            if self.plan[self.at].mode == "read":
                self.readers |= {name for group in self.places[self.at] for place in group for name in self.sitters(place)}
            self.at += 1
        if self.at == len(self.plan):
            self.state = "approved"

    def sitters(self, place: Place) -> set[str]:
        return {*place.who, *(deputy for deputy, principal in self.lent.items() if principal in place.who)}

    def spoken(self) -> set[str]:
        return {name for names in self.said for name in names}

    def can_end(self, *, apart: int | None = None, unsaid: tuple[int, Place, set[str]] | None = None) -> bool:
        """Whether every place left finds a name of its own that has not spoken. An 或签 is one place.

        `unsaid`: as if this place of that stage were still to be signed, and these voices had not been heard.
        """
        stage, again, voices = unsaid or (None, None, set())
        spoken = self.spoken() - voices
        wanted: list[set[str]] = []
        for i, groups in self.places.items():
            if i < self.at or i == apart or self.plan[i].mode == "read":
                continue
            places = [p for group in groups for p in group if p.answer is None]
            if i == stage and again is not None:
                places, again = [*places, again], None
            left = [set(p.who) - spoken for p in places]
            wanted += [set().union(*left)] if left and self.plan[i].mode == "any" else left
        wanted += [set(again.who) - spoken] if again is not None else []
        return self._match(wanted, set())

    def _match(self, wanted: list[set[str]], taken: set[str]) -> bool:
        if not wanted:
            return True
        return any(self._match(wanted[1:], taken | {name}) for name in wanted[0] - taken)

    @staticmethod
    def joint(group: list[Place]) -> str | None:
        answers = [place.answer for place in group]
        for act in ("reject", "return"):
            if act in answers:
                return act
        return None if None in answers else "agree"

    def open(self) -> list[tuple[list[Place], Place]]:
        """The places whose turn it is, each with its group."""
        if self.state != "pending":
            return []
        groups = [group for group in self.places[self.at] if self.joint(group) is None]
        found = []
        for group in groups[:1] if self.plan[self.at].mode == "in_turn" else groups:
            turn = min(place.turn for place in group if place.answer is None)
            found += [(group, place) for place in group if place.answer is None and place.turn == turn]
        return found

    def voices(self, name: str, place: Place) -> set[str] | None:
        """Whose voices the name's signature there would be: its own, or with the one it signs for; None: it may not."""
        ways = [{name}] if name in place.who else []
        ways += [{name, self.lent[name]}] if self.lent.get(name) in place.who else []
        return next((way for way in ways if not way & self.spoken()), None)

    def seats_of(self, name: str) -> list[tuple[list[Place], Place]]:
        return [(group, place) for group, place in self.open() if self.voices(name, place)]

    def waiting(self) -> list[str]:
        return sorted({name for _, place in self.open() for name in self.sitters(place) if self.voices(name, place)})

    def mine(self, name: str) -> tuple[list[Place], Place] | None:
        """The place the name sits on; of several the engine asks which."""
        found = self.seats_of(name)
        return found[0] if len(found) == 1 else None

    def names_next(self, name: str) -> bool:
        """Whether the name, agreeing, must say who sits at the next stage."""
        found = self.mine(name)
        after = self.at + 1
        return (
            found is not None
            and found[1].own
            and after in range(len(self.plan))
            and self.plan[after].chosen
            and (self.places.get(after) != [])
        )

    def sign(self, name: str, act: str, *, chosen: list[str] | None = None, to: int | None = None) -> bool:
        found = self.mine(name)
        if found is None or (act == "reject" and self.plan[self.at].mode == "vote"):
            return False
        if to is not None and (act != "return" or not self.may_step_to(to)):
            return False
        place, must, stage, voices = found[1], act == "agree" and self.names_next(name), self.at, self.voices(name, found[1])
        assert voices is not None
        if must and not self.may_choose(self.plan[self.at + 1], chosen or []):
            return False
        self.said[self.at] += sorted(voices)
        place.answer, place.to = act, to
        if must:
            self.named[self.at + 1] = chosen or []
            self.places[self.at + 1] = [[Place(one, by=name)] for one in chosen or []]
            if not self.can_end(apart=self.at):
                return False
        if not self.settle():
            return False
        return self.state != "pending" or self.can_end() or not self.can_end(unsaid=(stage, place, voices))

    @staticmethod
    def may_choose(sheet: Sheet, names: list[str]) -> bool:
        if not names:
            return sheet.may_be_none
        return sheet.mode != "single" or len(names) == 1

    def may_step_to(self, to: int) -> bool:
        """An earlier stage that was signed."""
        passed_over = self.plan[to].mode == "read" or (self.plan[to].chosen and not self.named.get(to)) if to < self.at else True
        return to < self.at and not passed_over

    def settle(self) -> bool:
        sheet, groups = self.plan[self.at], self.places[self.at]
        answers = [self.joint(group) for group in groups]
        result = self.result(sheet, answers)
        if result == "rejected":
            self.state = result
        elif result == "returned":
            targets = [place.to for group in groups for place in group if place.answer == "return"]
            if None in targets:
                self.state = result
            else:
                self.round += 1
                return self.begin(min(to for to in targets if to is not None))
        elif result == "passed":
            self.at += 1
            self.advance()
        return True

    @staticmethod
    def result(sheet: Sheet, answers: list[str | None]) -> str | None:
        given = [answer for answer in answers if answer]
        if "reject" in given:
            return "rejected"
        if sheet.mode == "vote":
            needed = max(1, -(-len(answers) * sheet.share // 100))
            if given.count("agree") >= needed:
                return "passed"
            return "returned" if len(answers) - given.count("return") < needed else None
        done = len(given) == len(answers) or (sheet.mode == "any" and given)
        if "return" in given:
            return "returned" if done or not (sheet.mode == "all" and sheet.on_return == "after_all") else None
        return "passed" if done else None

    def resubmit(self) -> bool:
        if self.state != "returned":
            return False
        self.round += 1
        return self.begin(self.at if self.plan[self.at].resume else 0)

    def withdraw(self) -> bool:
        allowed = self.state in ("pending", "returned")
        self.state = "withdrawn"
        return allowed

    def lend(self, principal: str, deputy: str) -> bool:
        """`deputy` signs for `principal` too; nobody who lends signs for another, and of one deputy only one principal here."""
        chained = deputy in self.lent.values() or principal in self.lent or deputy in self.lent
        if chained or principal == deputy:
            return False
        self.lent[deputy] = principal
        return True

    def transfer(self, name: str, to: str) -> bool:
        found = self.mine(name)
        if found is None or to in self.spoken() or to == name:
            return False
        found[1].name = to
        return self.can_end()

    def add(self, name: str, to: str, how: str) -> bool:
        found = self.mine(name)
        if found is None or to in self.spoken():
            return False
        group, place = found
        turn = place.turn
        if how != "beside":
            for other in group:
                other.turn += other.turn > turn
        if how == "before":
            place.turn += 1
        group.append(Place(to, turn + (how == "after"), by=name, own=False))
        return self.can_end()

    def drop(self, by: str, name: str) -> bool:
        """The unsigned place of that name that `by` added or chose."""
        if self.state != "pending":
            return False
        for i, groups in sorted(self.places.items()):
            for group in groups:
                for place in group:
                    if place.name == name and place.answer is None and i >= self.at:
                        return self._drop(by, i, group, place)
        return False

    def _drop(self, by: str, i: int, group: list[Place], place: Place) -> bool:
        owners = [one for other in self.places[i] for one in other if one.own]
        if place.by != by or (place.own and len(owners) < 2):
            return False
        gone = [one for one in group if one is place or (place.own and one.answer is None)]
        group[:] = [one for one in group if one not in gone]
        self.places[i] = [one for one in self.places[i] if one]
        return self.settle() if i == self.at else True
