"""What a row of the matrix is, and the answers that rows share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple


class Answers(NamedTuple):
    """Whether somebody is let in, by how they stand to the thing."""

    own: bool
    """It lies in the area of their post, or is their own."""
    county: bool
    """The same role in another county of the same city, where the same campaign works."""
    campaign: bool
    """The same role in another city, with another campaign."""
    deputy: bool
    """Somebody without a post who stands in for whoever is meant by ``own``."""
    former: bool
    """Somebody whose post of that kind ended yesterday."""
    installation: bool = False
    """The administrator of the whole installation, whatever the row's roles: tried once for each route."""


OURS: Final = Answers(own=True, county=False, campaign=False, deputy=True, former=False)
"""What lies in an area."""
CAMPAIGN: Final = Answers(own=True, county=True, campaign=False, deputy=True, former=False)
"""What a campaign of several counties has for all of them."""
POST: Final = Answers(own=True, county=True, campaign=True, deputy=True, former=False)
"""A list, or a form, of what everybody who holds such a post has of their own."""
EVERYBODY: Final = Answers(own=True, county=True, campaign=True, deputy=True, former=True, installation=True)
"""What everybody who is signed in has of their own."""
ONESELF: Final = Answers(own=True, county=False, campaign=False, deputy=False, former=False)
"""What one person alone has: a token, a file that they asked for."""
ITSELF: Final = Answers(own=True, county=False, campaign=False, deputy=False, former=False)
"""What whoever holds the post does in person: nobody proposes, nudges or claims in another's name."""
IN_PERSON: Final = Answers(own=True, county=True, campaign=True, deputy=False, former=False)
"""What everybody who holds such a post begins of their own, in person."""
NOBODY: Final = Answers(own=False, county=False, campaign=False, deputy=False, former=False)


def above(answers: Answers) -> Answers:
    """The same, and the administrator of the installation above them all."""
    return answers._replace(installation=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One route with what is sent to it; ``{names}`` stand for things of the installation."""

    roles: tuple[str, ...]
    answers: Answers
    path: str = ""
    """The address, where it is not the route with the usual things."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a form, or of a JSON text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    public: bool = False
    """Whether somebody who is not signed in is let in."""
    text: str = ""
    """What is sent as it is, in the place of fields."""
    endless: bool = False
    """The answer does not end; only who is refused is tried."""


Rows = Mapping[str, Row]
