"""Every router of the pages and of the JSON API; where two could answer an address, the first does."""

from __future__ import annotations

from fastapi.routing import APIRouter

import web.account.api
import web.account.language
import web.account.pages
import web.account.sign_in
import web.acknowledgements.api
import web.acknowledgements.pages
import web.assets
import web.boards.pages
import web.calendars.api
import web.calendars.feed_pages
import web.calendars.pages
import web.campaigns.criteria
import web.campaigns.pages
import web.campaigns.rescheduling
import web.campaigns.rescheduling_api
import web.campaigns.rules
import web.data_exchange.exports
import web.data_exchange.imports
import web.data_exchange.jobs
import web.evidence.api
import web.evidence.pages
import web.households.pages
import web.ledger.bulk
import web.ledger.pages
import web.notifications.deliveries
import web.notifications.devices
import web.notifications.endpoints
import web.notifications.live
import web.notifications.pages
import web.notifications.preferences
import web.notifications.wording
import web.operations.health_page
import web.operations.incidents
import web.papers.pages
import web.people.accounts
import web.people.deputies
import web.people.pages
import web.processes.api
import web.processes.instances
import web.results.pages
import web.tickets.api
import web.tickets.cancellations
import web.tickets.carbon_copies
import web.tickets.comments
import web.tickets.comments_api
import web.tickets.due_dates
import web.tickets.due_dates_api
import web.tickets.pages
import web.tickets.pauses
import web.tickets.recall
import web.tickets.reopenings
import web.tickets.slow_progress
import web.tickets.verbs_api
import web.villages.pages
import web.visits.pages
import web.work_items.api
import web.work_items.consultations
import web.work_items.consultations_api
import web.work_items.desk
import web.work_items.done
import web.work_items.pages
import web.work_items.unattended
import web.work_streams.pages
import web.workshop.comparison
import web.workshop.definitions
import web.workshop.migrations
import web.workshop.pages
import web.workshop.rehearsals

ROUTERS: tuple[APIRouter, ...] = (
    web.account.sign_in.router,
    web.account.language.router,
    web.operations.health_page.router,
    web.assets.router,
    web.work_items.desk.router,
    web.work_items.done.router,
    web.acknowledgements.pages.router,
    web.work_items.unattended.router,
    web.notifications.pages.router,
    web.notifications.live.router,
    web.account.pages.router,
    web.notifications.devices.router,
    web.people.deputies.router,
    web.people.pages.router,
    web.people.accounts.router,
    web.notifications.preferences.router,
    web.calendars.feed_pages.router,
    web.work_items.pages.router,
    web.tickets.recall.router,
    web.work_items.consultations.router,
    web.evidence.pages.router,
    web.households.pages.router,
    web.villages.pages.router,
    web.visits.pages.router,
    web.ledger.pages.router,
    web.ledger.bulk.router,
    web.tickets.pages.router,
    web.tickets.comments.router,
    web.tickets.carbon_copies.router,
    web.tickets.cancellations.router,
    web.tickets.slow_progress.router,
    web.campaigns.rules.router,
    web.campaigns.pages.router,
    web.campaigns.rescheduling.router,
    web.campaigns.criteria.router,
    web.work_streams.pages.router,
    web.results.pages.router,
    web.tickets.reopenings.router,
    web.tickets.due_dates.router,
    web.tickets.pauses.router,
    web.processes.instances.router,
    web.boards.pages.router,
    web.calendars.pages.router,
    web.data_exchange.jobs.router,
    web.papers.pages.router,
    web.data_exchange.imports.router,
    web.data_exchange.exports.router,
    web.operations.incidents.router,
    web.notifications.deliveries.router,
    web.notifications.endpoints.router,
    web.notifications.wording.router,
    web.workshop.comparison.router,
    web.workshop.definitions.router,
    web.workshop.migrations.router,
    web.workshop.rehearsals.router,
    web.workshop.pages.router,
    web.account.api.router,
    web.work_items.api.router,
    web.work_items.consultations_api.router,
    web.tickets.api.router,
    web.tickets.comments_api.router,
    web.tickets.verbs_api.router,
    web.tickets.due_dates_api.router,
    web.acknowledgements.api.router,
    web.evidence.api.router,
    web.processes.api.router,
    web.campaigns.rescheduling_api.router,
    web.calendars.api.router,
)
