"""Injection sessions with related models, the booking of the next one, preventives and scores."""

from treatments.models.aftercare import EffectCheck, Goal, SideEffect
from treatments.models.appointments import Booking, CalendarFeed
from treatments.models.history import HIT6_TOTALS, Preventive, Score
from treatments.models.sessions import BOTOX, FIRST_SESSION, InjectionSession, InjectionSite

__all__ = [
    "BOTOX",
    "FIRST_SESSION",
    "HIT6_TOTALS",
    "Booking",
    "CalendarFeed",
    "EffectCheck",
    "Goal",
    "InjectionSession",
    "InjectionSite",
    "Preventive",
    "Score",
    "SideEffect",
]
