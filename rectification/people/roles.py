"""The roles (岗位) that posts give to people."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from engine.text import LocalizedText


class Role(StrEnum):
    """What somebody does at an area or a unit; a post (任职) says where and from when."""

    HELPER = "helper"
    TEAM_LEAD = "team_lead"
    VILLAGE_OFFICE = "village_office"
    TOWN_OFFICE = "town_office"
    COUNTY_OFFICE = "county_office"
    LINE_DEPT = "line_dept"
    UNIT_LEADER = "unit_leader"
    CITY_OFFICE = "city_office"
    INSPECTOR = "inspector"
    PROCESS_OWNER = "process_owner"
    ADMIN = "admin"


ROLES: Final[dict[str, LocalizedText]] = {
    Role.HELPER: LocalizedText("帮扶责任人", "Helper"),
    Role.TEAM_LEAD: LocalizedText("驻村工作队长", "Village team lead"),
    Role.VILLAGE_OFFICE: LocalizedText("村两委", "Village office"),
    Role.TOWN_OFFICE: LocalizedText("镇扶贫办", "Town office"),
    Role.COUNTY_OFFICE: LocalizedText("区县扶贫局", "County office"),
    Role.LINE_DEPT: LocalizedText("行业主管部门", "Line department"),
    Role.UNIT_LEADER: LocalizedText("单位负责人", "Unit leader"),
    Role.CITY_OFFICE: LocalizedText("市扶贫局", "City office"),
    Role.INSPECTOR: LocalizedText("督导员", "Inspector"),
    Role.PROCESS_OWNER: LocalizedText("流程管理员", "Process owner"),
    Role.ADMIN: LocalizedText("系统管理员", "Administrator"),
}
"""Every role and what it is called."""

OFFICES: Final = {
    "village": Role.TEAM_LEAD,
    "town": Role.TOWN_OFFICE,
    "county": Role.COUNTY_OFFICE,
    "city": Role.CITY_OFFICE,
}
"""The role that speaks for an area, by its level from the lowest."""

LEVELS_OF_ROLES: Final[dict[str, str]] = {
    **{role: level for level, role in OFFICES.items()},
    Role.VILLAGE_OFFICE: "village",
}
"""The level of the area at which a role is held, where it is not held at several."""

UNIT_ROLES: Final = frozenset({Role.UNIT_LEADER, Role.LINE_DEPT})
"""Roles whose scope is a unit (``U12``); the scope of the others is an area code."""
