{{ config(materialized='view') }}

-- What time alone changes, and when: a promise falls due, a silence has lasted long enough, something may be kept
-- no longer. A refresh touches what is due by its now.

select
    'thread' as kind,
    thread_id as key,
    promise_due_at as due_at
from {{ ref('fct_waits') }}
where promise_due_at is not null and {{ undecided() }}
union all
select
    'thread' as kind,
    thread_id as key,
    silence_due_at as due_at
from {{ ref('fct_conversations') }}
where silence_due_at is not null
union all
select
    'thread' as kind,
    thread_id as key,
    due_at
from {{ ref('int_bot_silences_found') }}
where due_at is not null
union all
select
    'thread' as kind,
    thread_id as key,
    kept_until as due_at
from {{ ref('int_messages_directed') }}
where {{ still_kept() }}
union all
select
    'rating' as kind,
    rating_id as key,
    kept_until as due_at
from {{ ref('int_ratings_latest') }}
where kept_until is not null
