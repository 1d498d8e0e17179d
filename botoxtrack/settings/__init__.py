"""All settings, read from the environment and nowhere else. docs/configuration.md lists them.

Outside DEBUG and DEMO the process does not start without its secrets, and names each missing one.
"""

from botoxtrack.settings.auth import *
from botoxtrack.settings.base import *
from botoxtrack.settings.data import *
from botoxtrack.settings.jobs import *
from botoxtrack.settings.logs import *
from botoxtrack.settings.mail import *
from botoxtrack.settings.safety import *
from botoxtrack.settings.web import *
