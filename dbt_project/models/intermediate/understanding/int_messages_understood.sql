{{ config(
    unique_key='thread_id',
    indexes=[{'columns': ['message_id'], 'unique': true}, {'columns': ['thread_id']}]
) }}

-- What each message says, and what follows of it for who waits: what a person says of it, else what the analyser
-- read in it. A label that is not sure takes nobody's wait away: such a message counts as one that was not
-- understood.

with messages as materialized (

    select * from {{ touched_rows(ref('int_messages_directed'), 'thread_id') }} as m
    where direction in ('customer', 'brand') and deleted_at is null

),

corrected as materialized (

    select
        message_id,
        {% for task in understood_tasks() %}
            max(value) filter (where task = '{{ task }}') as {{ task }},
        {% endfor %}
        array_agg(task order by task) as tasks
    from {{ ref('int_labels_standing') }}
    group by message_id

),

labelled as materialized (

    select
        m.*,
        u.analyser,
        split_part(u.version, '~', 1) as analyser_version,
        {% for task in understood_tasks() %}
            coalesce(c.{{ task }}, u.{{ task }}) as {{ task }},
            case when c.{{ task }} is not null then 1 else u.{{ task }}_probability end::real
                as {{ task }}_probability,
        {% endfor %}
        u.evidence,
        k.group_id as copy_group_id,
        coalesce(c.tasks, '{}') as corrected,
        c.answerable as expects_as_said
    from messages as m
    left join {{ looked_up(
        source('understanding', 'messages'), 'u', 'm.message_id = u.message_id and m.text_hash = u.text_hash'
    ) }}
    left join {{ looked_up(source('understanding', 'copies'), 'k', 'u.message_id = k.message_id') }}
    left join corrected as c on m.message_id = c.message_id

),

talked as (

    select
        c.conversation_id,
        c.message_id,
        p.place,
        false as is_ours,
        false as is_question
    from labelled as c
    inner join {{ touched_rows(ref('int_messages_placed'), 'thread_id') }} as p on c.message_id = p.message_id
    where c.direction = 'customer'
    union all
    select
        r.conversation_id,
        r.message_id,
        r.place,
        true as is_ours,
        coalesce(b.reply_kind = 'question' and {{ is_sure('b.reply_kind') }}, false) as is_question
    from {{ touched_rows(ref('int_responses_matched'), 'thread_id') }} as r
    inner join labelled as b on r.message_id = b.message_id

),

asked as (

    -- What a customer writes after a question of ours, the last that we said to them.
    select message_id
    from (
        select
            *,
            bool_or(is_question) over (partition by conversation_id, talk) as is_after_question
        from (
            select
                *,
                count(*) filter (where is_ours) over (
                    partition by conversation_id order by place rows between unbounded preceding and current row
                ) as talk
            from talked
        ) as counted
    ) as grouped
    where is_after_question and not is_ours

),

told as (

    -- Who was asked and writes, tells it, however little that looks like a question: one must go on. Not so a
    -- thanks, or the word that it is settled, or what a person says expects nothing.
    select
        l.*,
        a.message_id is not null
        and coalesce(l.intent, '') <> 'praise'
        and coalesce(l.settled, 'no') = 'no'
        and coalesce(l.expects_as_said, 'yes') = 'yes' as is_told,
        coalesce(l.sentiment = 'negative', false) as is_angry
    from labelled as l
    left join asked as a on l.message_id = a.message_id

),

named as (

    select distinct m.message_id
    from messages as m
    inner join {{ looked_up(
        source('understanding', 'mentions'), 'n', "m.message_id = n.message_id and n.kind = 'product'"
    ) }}
    where m.direction = 'customer' and not m.is_addressed

),

judged as (

    select
        l.*,
        n.message_id is not null as is_named,
        s.answerable as policy,
        case
            when l.expects_as_said is not null then l.expects_as_said = 'yes'
            when l.is_told then true
            when {{ is_sure('l.intent') }}
                then
                    l.intent in {{ asking_intents() }}
                    or coalesce(l.second_intent in {{ asking_intents() }}, false)
            when {{ is_sure('l.answerable') }} then l.answerable = 'yes'
        end as asks,
        coalesce(l.settled = 'yes' and {{ is_sure('l.settled') }}, false) as is_settled,
        coalesce(l.noise = 'yes' and {{ is_sure('l.noise') }}, false) as is_noise,
        coalesce(l.expects_as_said = 'no', false)
        or coalesce(l.answerable = 'no' and {{ is_sure('l.answerable') }}, false)
        and not l.is_told
        and (
            coalesce(l.intent in ('reply', 'praise') and not l.is_angry, false)
            or coalesce(l.settled = 'yes', false)
        ) as is_closing,
        coalesce(l.answerable = 'no' and l.intent not in {{ asking_intents() }}, false)
        and coalesce(l.second_intent not in {{ asking_intents() }}, true)
        and not l.is_told
        and not coalesce(l.sentiment = 'negative' and {{ is_sure('l.sentiment') }}, false) as is_remark
    from told as l
    inner join {{ ref('stg_ops__sources') }} as s on l.source = s.source
    left join named as n on l.message_id = n.message_id

),

waiting as (

    -- A thanks or another closing waits for nothing, whatever the policy, nor does what a person says expects
    -- nothing; in private all else does. An insult is no thanks, however short.
    select
        *,
        direction = 'customer'
        and not is_closing
        and case
            when policy = 'intent' and is_public then (is_addressed or is_named) and coalesce(asks, is_addressed)
            else is_addressed
        end as is_waiting
    from judged

)

select
    message_id,
    thread_id,
    direction,
    {%- for task in understood_tasks() %}
        {{ task }},
        {{ task }}_probability,
    {%- endfor %}
    evidence,
    copy_group_id,
    corrected,
    analyser,
    analyser_version,
    is_noise,
    is_waiting and not is_noise as is_answerable,
    is_waiting and is_noise as is_left_out,
    direction = 'customer' and is_closing as is_closing,
    direction = 'customer' and is_remark as is_remark,
    direction = 'customer' and is_settled and not is_noise as is_settled,
    case
        when direction = 'brand' and {{ is_sure('reply_kind') }} then reply_kind
        when direction = 'brand' then 'answer'
    end as counts_as,
    case when direction = 'brand' then not {{ is_sure('reply_kind') }} end as kind_unsure
from waiting
