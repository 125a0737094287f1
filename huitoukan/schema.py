"""The whole schema: importing this module declares every table of every package."""

from __future__ import annotations

import importlib
import pkgutil

import engine
import notifications
import rectification
import web.security
from engine.database import metadata

for _package in (engine, notifications, rectification, web.security):
    for _module in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)
importlib.import_module("huitoukan.demo_clock")

__all__ = ["metadata"]
