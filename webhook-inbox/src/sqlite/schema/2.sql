-- What the statistics read, so that a part of the time costs as much as what happened in it.
CREATE INDEX inbox_events_finished ON inbox_events (source, finished_at, state, kind, received_at)
    WHERE finished_at IS NOT NULL;

CREATE INDEX inbox_attempts_started ON inbox_attempts (started_at);
