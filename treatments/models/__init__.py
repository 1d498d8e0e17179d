"""Injection sessions with related models, the booking of the next one, preventives and scores."""

from treatments.models.aftercare import EffectCheck, Goal, Impression, SideEffect
from treatments.models.appointments import Booking, CalendarFeed, VisitSheet
from treatments.models.history import HIT6_TOTALS, MIDAS_COUNTS, MIDAS_MONTHS, Preventive, Score
from treatments.models.sessions import BOTOX, FIRST_SESSION, InjectionSession, InjectionSite

__all__ = [
    "BOTOX",
    "FIRST_SESSION",
    "HIT6_TOTALS",
    "MIDAS_COUNTS",
    "MIDAS_MONTHS",
    "Booking",
    "CalendarFeed",
    "EffectCheck",
    "Goal",
    "Impression",
    "InjectionSession",
    "InjectionSite",
    "Preventive",
    "Score",
    "SideEffect",
    "VisitSheet",
]
