-- A back-fill reads a period with a cursor and states of its own, kept under the source's name and the period.

alter table ops.runs add column period tstzrange;
comment on column ops.runs.period is 'The period that a back-fill read; empty for a run that read what is new.';
