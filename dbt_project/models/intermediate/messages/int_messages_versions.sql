{{ config(materialized='view') }}

-- Columns are those of the contract that all message staging models keep.
-- noqa: disable=AM04

select * from {{ ref('stg_files__messages') }}
union all
select * from {{ ref('stg_feeds__messages') }}
union all
select * from {{ ref('stg_sample__messages') }}
union all
select * from {{ ref('stg_reddit__submissions') }}
union all
select * from {{ ref('stg_reddit__comments') }}
union all
select * from {{ ref('stg_mastodon__statuses') }}
union all
select * from {{ ref('stg_bluesky__posts') }}
union all
select * from {{ ref('stg_telegram__messages') }}
union all
select * from {{ ref('stg_hackernews__items') }}
union all
select * from {{ ref('stg_stackexchange__posts') }}
union all
select * from {{ ref('stg_mailbox__messages') }}
union all
select * from {{ ref('stg_forum__posts') }}
