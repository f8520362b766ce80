{{ config(materialized='view') }}

-- Every topic that the seed names, under the name that people read.

select
    topic,
    coalesce(
        max(label) filter (where language = 'en'), max(label) filter (where language is null), topic
    ) as label_en,
    coalesce(
        max(label) filter (where language = 'fr'), max(label) filter (where language is null), topic
    ) as label_fr
from {{ ref('topics') }}
group by topic
