"""The app's only SQL: it selects from the marts what the pages show, and computes no figure itself."""

from app.data.conversations import State as State
from app.data.conversations import conversation as conversation
from app.data.conversations import conversations as conversations
from app.data.conversations import messages as messages
from app.data.conversations import waits as waits
from app.data.customers import accounts as accounts
from app.data.customers import customer as customer
from app.data.customers import customers as customers
from app.data.customers import timeline as timeline
from app.data.figures import extent as extent
from app.data.figures import open_waits as open_waits
from app.data.figures import satisfaction as satisfaction
from app.data.figures import service as service
from app.data.figures import trend as trend
from app.data.pool import NotReadyError as NotReadyError
from app.data.pool import company_zone as company_zone
from app.data.sources import last_refresh as last_refresh
from app.data.sources import rejects as rejects
from app.data.sources import runs as runs
from app.data.sources import sources as sources
