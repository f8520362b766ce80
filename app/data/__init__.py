"""The app's only SQL: it selects from the marts what the pages show, computes no figure, and writes decisions."""

from app.data.conversations import State as State
from app.data.conversations import conversation as conversation
from app.data.conversations import conversations as conversations
from app.data.conversations import messages as messages
from app.data.conversations import waits as waits
from app.data.customers import accounts as accounts
from app.data.customers import customer as customer
from app.data.customers import customers as customers
from app.data.customers import timeline as timeline
from app.data.decisions import decide as decide
from app.data.decisions import decided as decided
from app.data.decisions import decisions as decisions
from app.data.decisions import is_waiting as is_waiting
from app.data.decisions import set_aside as set_aside
from app.data.figures import extent as extent
from app.data.figures import figures as figures
from app.data.figures import kpis as kpis
from app.data.figures import open_waits as open_waits
from app.data.memory import noting_stale as noting_stale
from app.data.pool import NotReadyError as NotReadyError
from app.data.pool import company_zone as company_zone
from app.data.sources import last_refresh as last_refresh
from app.data.sources import rejects as rejects
from app.data.sources import runs as runs
from app.data.sources import sources as sources
