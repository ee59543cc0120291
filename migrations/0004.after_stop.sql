-- What happens after Stop: steps that workers take under a lease, and what they publish.

-- One row for each step of a session. Asking for a step again makes a new generation of it; whoever holds an older
-- one finds another attempt or another state and writes nothing.
CREATE TABLE steps (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  step text NOT NULL CHECK (step IN ('label', 'note', 'index', 'archive')),
  generation integer NOT NULL,                  -- of what the step publishes
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed', 'void')),
  attempt integer NOT NULL DEFAULT 0,           -- the fencing token of the final write: only ever grows
  tries integer NOT NULL DEFAULT 0,             -- of the present series
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz,
  worker text,
  error_code text,
  finished_at timestamptz,
  PRIMARY KEY (session_id, step),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
CREATE INDEX steps_due ON steps (step, due_at) WHERE state = 'pending';
CREATE INDEX steps_leased ON steps (step, lease_until) WHERE state = 'running';
CREATE INDEX steps_given_up ON steps (step, finished_at) WHERE state = 'failed';

-- What was published. A row is written once, in the transaction that ends its step, and never changed.
CREATE TABLE artifacts (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('labels', 'quality', 'notes')),
  generation integer NOT NULL,
  maker text NOT NULL,                          -- the model or program it is from
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id, kind, generation),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);

-- How the voices in a window sound, as numbers: made with its words, so that Stop has only the clustering left.
CREATE TABLE voiceprints (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  window_id uuid NOT NULL,
  maker text NOT NULL,                          -- the model; those of different ones do not compare
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id, window_id),
  FOREIGN KEY (org_id, session_id, window_id) REFERENCES windows (org_id, session_id, id) ON DELETE CASCADE
);

ALTER TABLE sessions ADD COLUMN speaker_count smallint CHECK (speaker_count BETWEEN 1 AND 20);  -- NULL: found

DO $$
DECLARE
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['steps', 'artifacts', 'voiceprints'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', named);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY organisation ON %I USING (org_id = current_organisation())', named);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hearken_app', named);
  END LOOP;
END
$$;
REVOKE UPDATE ON artifacts FROM hearken_app;

GRANT SELECT (org_id, session_id, step, generation, state, attempt, tries, due_at, lease_until, finished_at)
  ON steps TO hearken_scout;
GRANT UPDATE (state, attempt, tries, lease_until, worker) ON steps TO hearken_scout;
CREATE POLICY scout ON steps TO hearken_scout USING (true) WITH CHECK (true);

-- The step that has been due for longest, claimed in the same statement.
CREATE FUNCTION claim_step(in_worker text, in_lease interval, in_step text)
RETURNS TABLE (org_id uuid, session_id uuid, generation integer, attempt integer, tries integer)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE steps s
    SET state = 'running', attempt = s.attempt + 1, tries = s.tries + 1, worker = in_worker,
        lease_until = clock_timestamp() + in_lease
    WHERE (s.session_id, s.step) = (
      SELECT d.session_id, d.step FROM steps d
        WHERE d.step = in_step
          AND ((d.state = 'pending' AND d.due_at <= clock_timestamp())
            OR (d.state = 'running' AND d.lease_until < clock_timestamp()))
        ORDER BY d.due_at
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING s.org_id, s.session_id, s.generation, s.attempt, s.tries
$$;

DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO hearken_scout;
  ALTER FUNCTION claim_step(text, interval, text) OWNER TO hearken_scout;
  REVOKE EXECUTE ON FUNCTION claim_step(text, interval, text) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION claim_step(text, interval, text) TO hearken_app;
  REVOKE CREATE ON SCHEMA public FROM hearken_scout;
END
$$;
