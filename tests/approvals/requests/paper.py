"""A request as a person would keep it on paper, in a few lines: the model that the engine is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Place:
    """A name on the paper and what it answered. `by`: who added or chose it; `own`: it stands in the route, nobody added it."""

    name: str
    turn: int = 0
    answer: str | None = None
    to: int | None = None
    by: str | None = None
    own: bool = True


@dataclass
class Sheet:
    """A stage as the route has it: how its places sign, their names, and whether the stage before names them."""

    mode: str
    on_return: str
    names: list[str]
    chosen: bool = False
    share: int = 60


@dataclass
class Paper:
    """The request: its stages, where it stands, what was said. Each act returns whether it may be done; then it is done."""

    plan: list[Sheet]
    state: str = "pending"
    round: int = 1
    at: int = 0
    said: list[list[str]] = field(default_factory=list)
    named: dict[int, list[str]] = field(default_factory=dict)
    places: dict[int, list[list[Place]]] = field(default_factory=dict)

    def begin(self, at: int) -> bool:
        """A round from stage `at`; what was said before it stands."""
        self.state, self.at = "pending", at
        self.said = [names for i, names in enumerate(self.said) if i < at] + [[] for _ in self.plan[at:]]
        self.places = {}
        for i, sheet in enumerate(self.plan):
            names = (self.named.get(i) if i - 1 < at else None) if sheet.chosen else sheet.names
            if i >= at and names is not None:
                self.places[i] = [[Place(name)] for name in names]
        return self.can_end()

    def spoken(self) -> set[str]:
        return {name for names in self.said for name in names}

    def can_end(self, *, apart: int | None = None) -> bool:
        """Whether every place left finds a name of its own that has not spoken. An 或签 is one place."""
        wanted: list[set[str]] = []
        for i, groups in self.places.items():
            left = [{p.name} - self.spoken() for group in groups for p in group if p.answer is None and self._counts(i)]
            if i != apart:
                wanted += [set().union(*left)] if left and self.plan[i].mode == "any" else left
        return self._match(wanted, set())

    def _counts(self, i: int) -> bool:
        return i >= self.at

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

    def waiting(self) -> list[str]:
        return [place.name for _, place in self.open() if place.name not in self.spoken()]

    def mine(self, name: str) -> tuple[list[Place], Place] | None:
        return next((pair for pair in self.open() if pair[1].name == name and name in self.waiting()), None)

    def names_next(self, name: str) -> bool:
        """Whether the name, agreeing, must say who sits at the next stage."""
        found = self.mine(name)
        after = self.at + 1
        return found is not None and found[1].own and after < len(self.plan) and self.plan[after].chosen

    def sign(self, name: str, act: str, *, chosen: list[str] | None = None, to: int | None = None) -> bool:
        found = self.mine(name)
        if found is None or (act == "reject" and self.plan[self.at].mode == "vote"):
            return False
        if to is not None and (act != "return" or to >= self.at):
            return False
        place, must = found[1], act == "agree" and self.names_next(name)
        if must and not chosen:
            return False
        place.answer, place.to = act, to
        self.said[self.at].append(name)
        if must and chosen:
            self.named[self.at + 1] = chosen
            self.places[self.at + 1] = [[Place(one, by=name)] for one in chosen]
            if not self.can_end(apart=self.at):
                return False
        return self.settle()

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
            last = self.at + 1 == len(self.plan)
            self.state, self.at = ("approved", self.at) if last else ("pending", self.at + 1)
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
        return self.begin(0)

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
        for i, groups in self.places.items():
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
