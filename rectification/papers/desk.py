"""The desk at which a paper is written: who prints it, when, and small things that every paper looks up."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.engine import Engine
from engine.errors import NotFound
from engine.owners import unit_owner
from engine.worklist.selectables import instances
from rectification.access.acting_for import Act, acts_for_others
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import Campaign, get_campaign
from rectification.evidence.model import Evidence, evidence_about, thumbnail
from rectification.papers.fields import Facts, PaperPicture
from rectification.people.model import names_of
from rectification.people.posts import holders
from rectification.people.roles import Role
from rectification.places.areas import LEVELS, Area, get_area
from rectification.places.units import Unit

if TYPE_CHECKING:
    from engine.forms.fields import Option

_QR_WIDTH = 20
_PHOTO_WIDTH = 70
MOST_PHOTOS = 60


@dataclass(frozen=True)
class Desk:
    """What a paper is written with."""

    session: Session
    engine: Engine
    data_dir: Path
    public_url: str
    now: dt.datetime
    campaign_id: int
    person_id: int
    """Who prints: papers list only what they may see."""

    @cached_property
    def campaign(self) -> Campaign:
        return get_campaign(self.session, self.campaign_id)

    @property
    def today(self) -> dt.date:
        """The day of printing in the campaign's zone."""
        return local_day(self.now, self.campaign.zone)

    # -- words ------------------------------------------------------------------------------

    def day(self, at: dt.datetime | dt.date | None) -> str:
        """2019年9月2日; nothing for nothing."""
        if at is None:
            return ""
        day = local_day(at, self.campaign.zone) if isinstance(at, dt.datetime) else at
        return f"{day.year}年{day.month}月{day.day}日"

    def until(self, at: dt.datetime | None) -> str:
        """A deadline: the day when it is the day's end, else with the hour."""
        if at is None:
            return ""
        local = at.astimezone(self.campaign.zone)
        if (local.hour, local.minute) == (23, 59):
            return self.day(at)
        return f"{self.day(at)}{local.hour}时" + (f"{local.minute:02}分" if local.minute else "")

    def minute(self, at: dt.datetime) -> str:
        """2019年9月2日 14:05."""
        return f"{self.day(at)} {at.astimezone(self.campaign.zone):%H:%M}"

    def days_late(self, due_at: dt.datetime | None, ended: dt.datetime | None = None) -> int:
        """Days between a due date and its end, or today; never less than none."""
        if due_at is None:
            return 0
        end = local_day(ended, self.campaign.zone) if ended else self.today
        return max((end - local_day(due_at, self.campaign.zone)).days, 0)

    def person(self, number: int | None) -> str:
        """Somebody's name."""
        return names_of(self.session, [number]).get(number, "") if number is not None else ""

    def signed(self, key: str, number: int | None, at: dt.datetime | None) -> str:
        """Who did something about a business key at an instant, and for whom where they stood in."""
        name = self.person(number)
        if number is None or at is None:
            return name
        if key not in self._acts:
            self._acts[key] = acts_for_others(self.session, key)
        return self._with_other(name, self._acts[key].get((number, at)))

    @cached_property
    def _acts(self) -> dict[str, Mapping[Act, int]]:
        return {}

    def _with_other(self, name: str, other: int | None) -> str:
        return name if other is None else f"{name}（代{self.person(other)}）"

    def unit(self, number: int | None) -> str:
        """A unit's name."""
        unit = self.session.get(Unit, number) if number is not None else None
        return unit.name if unit else ""

    def leader(self, unit: int | None) -> str:
        """Who leads a unit."""
        if unit is None:
            return ""
        owner = unit_owner(Role.UNIT_LEADER, unit)
        return "、".join(self.person(holder) for holder in holders(self.session, [owner], self.today)[owner])

    def office(self, code: str) -> str:
        """The campaign's office in a town, county or city; the area's own name where there is none."""
        place = get_area(self.session, code)
        query = select(Unit.name).where(Unit.area_code == code, Unit.kind == f"{place.level}_office")
        return self.session.scalars(query.order_by(Unit.id).limit(1)).first() or place.name

    def place(self, code: str) -> Facts:
        """The names from the city down to a village."""
        path = get_area(self.session, code).path.strip("/").split("/")
        query = select(Area.level, Area.name).where(Area.code.in_(path))
        names: dict[str, str] = dict(self.session.execute(query).all())
        titles = zip(LEVELS, ("市", "区县", "乡镇", "村"), strict=True)
        return {title: names.get(level, "") for level, title in titles}

    def common(self) -> Facts:
        """What every paper knows."""
        return {"专项行动": self.campaign.name, "今天": self.day(self.today)}

    # -- choices that diagrams declare --------------------------------------------------------

    def chosen(self, key: str, element: str, field: str, value: str | None) -> str:
        """The label of a choice in the version of the diagram on which a business key runs."""
        labels = {option.id: option.label.zh for option in self._options(key, element, field)}
        return labels.get(value or "", value or "")

    def boxes(self, key: str, element: str, field: str, value: str | None) -> str:
        """Every choice with a box before it, the chosen one ticked."""
        options = self._options(key, element, field)
        return "　".join(f"{tick(option.id == value)}{option.label.zh}" for option in options)

    def _options(self, key: str, element: str, field: str) -> tuple[Option, ...]:
        query = select(instances.c.definition_id).where(instances.c.key == key).order_by(instances.c.id)
        question = ("version of", key)
        version = read_once(self.session, question, lambda: self.session.scalars(query.limit(1)).first())
        if version is None:
            return ()
        try:
            elements = self.engine.definitions.version(self.session, version).elements
        except NotFound:
            return ()
        for (_process, name), step in elements.items():
            form = step.particulars.form if name == element else None
            for form_field in form.fields if form else ():
                if form_field.id == field:
                    return form_field.options
        return ()

    # -- pictures ---------------------------------------------------------------------------

    def qr(self, path: str) -> PaperPicture:
        """A code that leads to a page of the product."""
        out = io.BytesIO()
        segno.make(self.address(path), error="m", micro=False).save(out, kind="png", scale=8, border=1)
        return PaperPicture(out.getvalue(), _QR_WIDTH)

    def address(self, path: str) -> str:
        """The whole address of a page."""
        return self.public_url.rstrip("/") + path

    def photos(self, *keys: str) -> list[Facts]:
        """Photos about business keys in their small size, two in a row, the last of very many left out."""
        result = [
            evidence for key in keys for evidence in evidence_about(self.session, key) if evidence.is_image
        ]
        shown = [(self._photo(evidence), self._caption(evidence)) for evidence in result[:MOST_PHOTOS]]
        lines = []
        for place in range(0, len(shown), 2):
            left, right = shown[place], shown[place + 1] if place + 1 < len(shown) else ("", "")
            lines.append({"左图": left[0], "左说明": left[1], "右图": right[0], "右说明": right[1]})
        return lines

    def _photo(self, evidence: Evidence) -> PaperPicture | str:
        try:
            return PaperPicture(thumbnail(self.data_dir, evidence), _PHOTO_WIDTH)
        except NotFound:
            return "（照片不在存储目录里）"

    def _caption(self, evidence: Evidence) -> str:
        return f"{evidence.name}（{self.day(evidence.uploaded_at)}{self._sender(evidence)}）"

    def _sender(self, evidence: Evidence) -> str:
        """Who sent a file, where they did it for somebody else."""
        if evidence.on_behalf_of_id is None:
            return ""
        return f"，{self._with_other(self.person(evidence.uploaded_by_id), evidence.on_behalf_of_id)}上传"

    def files(self, *keys: str) -> list[Facts]:
        """Evidence other than photos."""
        result = [
            evidence
            for key in keys
            for evidence in evidence_about(self.session, key)
            if not evidence.is_image
        ]
        return [
            {
                "序号": place,
                "名称": element.name,
                "日期": f"{self.day(element.uploaded_at)}{self._sender(element)}",
            }
            for place, element in enumerate(result, start=1)
        ]


def tick(chosen: bool) -> str:
    """A box, ticked or not."""
    return "☑" if chosen else "□"
