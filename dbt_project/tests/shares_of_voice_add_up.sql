-- Shares of the brands add up to one; of people, more are needed for more, and all of them for all.
select
    'share of voice' as what,
    sum(share) as figure
from {{ ref('share_of_voice') }}('1990-01-01', '2100-01-01')
having abs(sum(share) - 1) > 0.001 or sum(messages) <> max(n)

union all

select
    kind as what,
    part as figure
from (
    select
        *,
        lag(people) over (partition by kind order by part) as people_for_less
    from {{ ref('voice_concentration') }}('1990-01-01', '2100-01-01')
) as c
where people < people_for_less or people > of_people or people < 1 or (part = 1 and people <> of_people)

union all

select
    person as what,
    talks_with as figure
from {{ ref('influence') }}('1990-01-01', '2100-01-01')
where talks_with > replied_by or posts < 1
