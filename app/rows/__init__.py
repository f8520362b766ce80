"""What the app reads from the marts, one shape a query: plain rows that pages, tiles and charts share."""

from app.rows.conversations import Conversation as Conversation
from app.rows.conversations import Decision as Decision
from app.rows.conversations import Message as Message
from app.rows.conversations import OpenWait as OpenWait
from app.rows.conversations import Verdict as Verdict
from app.rows.conversations import Wait as Wait
from app.rows.customers import Account as Account
from app.rows.customers import Customer as Customer
from app.rows.customers import Event as Event
from app.rows.extent import Extent as Extent
from app.rows.sources import Refresh as Refresh
from app.rows.sources import Rejected as Rejected
from app.rows.sources import Run as Run
from app.rows.sources import Source as Source
from app.rows.topics import FoundTopic as FoundTopic
from app.rows.topics import Topic as Topic
from app.rows.topics import TopicCount as TopicCount
