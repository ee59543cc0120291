-- The first schema. Promises P1, P2, P5 and P6 of ARCHITECTURE.md rest on the keys and policies below.
--
-- Roles. The application connects as hearken_app, which owns nothing and is held by every policy.
-- hearken_scout cannot log in; it owns the few functions that must look across organisations (who is
-- signing in, which work is due) and sees exactly the columns that those functions hand out.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hearken_app') THEN CREATE ROLE hearken_app LOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hearken_scout') THEN CREATE ROLE hearken_scout NOLOGIN; END IF;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hearken_app, hearken_scout;

-- The organisation of the running transaction; NULL, which matches no row, where none was set.
CREATE FUNCTION current_organisation() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('hearken.organisation', true), '')::uuid $$;

-- Bumped by hand after a restore that Postgres cannot tell from a restart (a file system snapshot).
CREATE TABLE installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;
GRANT SELECT ON installation TO hearken_app;

-- Workers that are alive, and what they recognise with: shown in /readyz. Nothing of an organisation.
CREATE TABLE workers (
  id text PRIMARY KEY,
  recogniser text NOT NULL,
  notice text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO hearken_app;

CREATE TABLE organisations (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  key bytea NOT NULL,                       -- wrapped by the master key
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  org_id uuid NOT NULL REFERENCES organisations,
  id uuid NOT NULL,
  email text NOT NULL,                      -- lower case; sign-in names no organisation, so it is unique in all
  password_hash text NOT NULL,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX users_email ON users (email);

-- One row for each refresh token; a sign-in is a family of them, each used once.
CREATE TABLE refresh_tokens (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  sign_in uuid NOT NULL,
  digest bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_sign_in ON refresh_tokens (org_id, sign_in);
CREATE INDEX refresh_tokens_user ON refresh_tokens (org_id, user_id);

CREATE TABLE sessions (
  org_id uuid NOT NULL REFERENCES organisations,
  id uuid NOT NULL PRIMARY KEY,
  created_by uuid NOT NULL,
  client_ref text NOT NULL,                 -- a keyed digest of what the client gave
  state text NOT NULL DEFAULT 'recording' CHECK (state IN (
    'recording', 'paused', 'interrupted', 'sealing', 'transcribing', 'labelling', 'noting', 'ready', 'failed')),
  key bytea NOT NULL,                       -- wrapped by the organisation's key
  details bytea NOT NULL,                   -- sealed: title, patient, consent
  terms bytea[] NOT NULL DEFAULT '{}',      -- blind index of the words of the title
  patient bytea,                            -- blind index of the patient's id
  media_type text NOT NULL,
  sample_rate integer NOT NULL CHECK (sample_rate BETWEEN 8000 AND 192000),
  chunk_seconds real NOT NULL,
  language text,                            -- locked once known
  version bigint NOT NULL DEFAULT 0,        -- of the newest event
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),  -- last sign of the recorder
  stopped_at timestamptz,
  last_seq integer,                         -- named by Stop
  -- what is stored
  max_seq integer NOT NULL DEFAULT -1,
  contiguous_through integer NOT NULL DEFAULT -1,
  end_sample bigint NOT NULL DEFAULT 0,
  -- what is planned
  revision bigint NOT NULL DEFAULT 0,       -- grows with everything that planning must look at
  planned_revision bigint NOT NULL DEFAULT 0,
  plan_due_at timestamptz,                  -- when time alone makes planning necessary: a hole's wait ends
  plan_cut bigint NOT NULL DEFAULT 0,
  plan_overlaps boolean NOT NULL DEFAULT false,
  plan_ended boolean NOT NULL DEFAULT false,
  generation integer NOT NULL DEFAULT 0,    -- of the plan: grows when a closed window is planned anew
  coverage bytea,                           -- sealed: the newest coverage event, to tell a change
  settled boolean NOT NULL DEFAULT false,   -- nothing to do until somebody does something
  UNIQUE (org_id, id),
  UNIQUE (org_id, created_by, client_ref),
  FOREIGN KEY (org_id, created_by) REFERENCES users (org_id, id)
-- Every chunk updates its session's row. No index holds what it changes and pages have room, so that such an
-- update stays within its page and touches no index.
) WITH (fillfactor = 60);
CREATE INDEX sessions_newest ON sessions (org_id, created_at DESC, id DESC);
CREATE INDEX sessions_patient ON sessions (org_id, patient, created_at DESC) WHERE patient IS NOT NULL;
CREATE INDEX sessions_terms ON sessions USING gin (terms);
CREATE INDEX sessions_unsettled ON sessions (id) WHERE NOT settled;

-- Hot audio. Hashed by session, so that vacuum and indexes work on pieces and a session stays in one.
CREATE TABLE chunks (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  seq integer NOT NULL CHECK (seq >= 0),
  first_sample bigint NOT NULL CHECK (first_sample >= 0),
  sample_count integer NOT NULL CHECK (sample_count > 0),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),   -- of the plain bytes
  media_type text NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'decoded', 'undecodable')),
  decode_attempts smallint NOT NULL DEFAULT 0,
  missing_samples integer NOT NULL DEFAULT 0,   -- at the end, at the session's rate: cut off in the file
  planned boolean NOT NULL DEFAULT false,
  voice bytea,                                  -- frames of speech and level, once decoded
  audio bytea NOT NULL,                         -- sealed
  PRIMARY KEY (session_id, seq),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
) PARTITION BY HASH (session_id);

DO $$
BEGIN
  FOR part IN 0..7 LOOP
    EXECUTE format('CREATE TABLE chunks_%s PARTITION OF chunks FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
    -- Sealed bytes do not compress; trying to costs time on the way to every ack.
    EXECUTE format('ALTER TABLE chunks_%s ALTER COLUMN audio SET STORAGE EXTERNAL', part);
    EXECUTE format('ALTER TABLE chunks_%s ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE chunks_%s FORCE ROW LEVEL SECURITY', part);
  END LOOP;
END
$$;

-- What the recogniser is given. The id is derived from the session, the extent and the audio's digests:
-- planning the same audio again finds the same row, with its words. Samples are at 16 kHz.
CREATE TABLE windows (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('final', 'tail')),
  cut_sample bigint NOT NULL,
  start_sample bigint NOT NULL,
  end_sample bigint NOT NULL,
  next_cut_sample bigint NOT NULL,
  overlaps_previous boolean NOT NULL,
  overlaps_next boolean NOT NULL,
  generation integer NOT NULL,
  planned boolean NOT NULL DEFAULT true,        -- belongs to the present plan
  waits_for_language boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed')),
  priority smallint NOT NULL,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempt integer NOT NULL DEFAULT 0,           -- the fencing token of the final write: only ever grows
  tries integer NOT NULL DEFAULT 0,             -- of the present series
  lease_until timestamptz,
  worker text,
  error_code text,
  words bytea,                                  -- sealed
  language text,                                -- of the words, where there are any
  recogniser text,
  cpu_ms integer,                               -- processor time of the recognition
  took_ms integer,                              -- and by the clock
  finished_at timestamptz,
  CHECK (start_sample < end_sample),
  PRIMARY KEY (org_id, session_id, id),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
CREATE INDEX windows_plan ON windows (session_id, kind, start_sample) WHERE planned;
CREATE INDEX windows_due ON windows (priority, due_at) WHERE planned AND state = 'pending';
CREATE INDEX windows_leased ON windows (lease_until) WHERE planned AND state = 'running';

CREATE TABLE segments (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  id uuid NOT NULL,
  window_id uuid NOT NULL,
  start_ms bigint NOT NULL,
  end_ms bigint NOT NULL,
  generation integer NOT NULL,
  digest bytea NOT NULL,                        -- of the plain body, to tell a change without opening it
  body bytea NOT NULL,                          -- sealed: text, words, speaker
  PRIMARY KEY (session_id, id),
  FOREIGN KEY (org_id, session_id, window_id) REFERENCES windows (org_id, session_id, id) ON DELETE CASCADE
);
CREATE INDEX segments_in_order ON segments (session_id, start_ms, id);
CREATE INDEX segments_window ON segments (org_id, session_id, window_id);

CREATE TABLE events (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  version bigint NOT NULL,                      -- taken under the session row's lock, so no gap commits late
  type text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id, version),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);

-- Row level security: enabled and forced everywhere, one rule.
DO $$
DECLARE
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['users', 'refresh_tokens', 'sessions', 'chunks', 'windows', 'segments', 'events'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', named);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY organisation ON %I USING (org_id = current_organisation())', named);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hearken_app', named);
  END LOOP;
END
$$;
ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation ON organisations USING (id = current_organisation());
GRANT SELECT, INSERT, UPDATE ON organisations TO hearken_app;
REVOKE UPDATE, DELETE ON events FROM hearken_app;

-- The commit point of a chunk, called by store_chunks below: one statement is one round trip and one
-- transaction. It takes the session's row
-- lock, so that the watermark, the place on the timeline and Stop never race with a chunk.
CREATE FUNCTION store_chunk(
  in_org uuid, in_session uuid, in_seq integer, in_first bigint, in_count integer,
  in_max_seconds real, in_sha256 bytea, in_media_type text, in_audio bytea,
  OUT outcome text, OUT contiguous integer, OUT new_revision bigint
)
LANGUAGE plpgsql
AS $$
DECLARE
  place record;
  existing bytea;
BEGIN
  PERFORM set_config('hearken.organisation', in_org::text, true);
  SELECT s.last_seq, s.max_seq, s.contiguous_through, s.end_sample, s.sample_rate, s.revision INTO place
    FROM sessions s WHERE s.id = in_session FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    -- Chunks of several sessions share a transaction: one whose row is held must not hold up the others.
    outcome := CASE WHEN EXISTS (SELECT FROM sessions s WHERE s.id = in_session) THEN 'busy' ELSE 'not_found' END;
    RETURN;
  END IF;
  contiguous := place.contiguous_through;
  new_revision := place.revision;

  IF in_seq <= place.max_seq THEN
    SELECT c.sha256 INTO existing FROM chunks c WHERE c.session_id = in_session AND c.seq = in_seq;
    IF FOUND THEN
      outcome := CASE WHEN existing = in_sha256 THEN 'duplicate' ELSE 'conflict' END;
      RETURN;
    END IF;
  END IF;
  IF in_seq > place.last_seq THEN
    outcome := 'closed';
    RETURN;
  END IF;
  IF in_count > in_max_seconds * place.sample_rate THEN
    outcome := 'too_long';
    RETURN;
  END IF;
  IF in_seq > place.max_seq THEN
    IF in_first < place.end_sample THEN
      outcome := 'overlap';
      RETURN;
    END IF;
  ELSIF in_first < coalesce((SELECT c.first_sample + c.sample_count FROM chunks c
                               WHERE c.session_id = in_session AND c.seq < in_seq ORDER BY c.seq DESC LIMIT 1), 0)
     OR in_first + in_count > (SELECT c.first_sample FROM chunks c
                               WHERE c.session_id = in_session AND c.seq > in_seq ORDER BY c.seq LIMIT 1) THEN
    outcome := 'overlap';
    RETURN;
  END IF;

  INSERT INTO chunks (org_id, session_id, seq, first_sample, sample_count, sha256, media_type, audio)
    VALUES (in_org, in_session, in_seq, in_first, in_count, in_sha256, in_media_type, in_audio);
  IF in_seq = place.contiguous_through + 1 THEN
    contiguous := in_seq;
    IF in_seq < place.max_seq THEN
      -- A late chunk joins what came before it to what came after it: up to the next gap.
      SELECT c.seq INTO contiguous FROM chunks c
        WHERE c.session_id = in_session AND c.seq >= in_seq
          AND NOT EXISTS (SELECT FROM chunks n WHERE n.session_id = in_session AND n.seq = c.seq + 1)
        ORDER BY c.seq LIMIT 1;
    END IF;
  END IF;
  new_revision := place.revision + 1;
  UPDATE sessions s SET
    max_seq = greatest(s.max_seq, in_seq),
    contiguous_through = contiguous,
    end_sample = greatest(s.end_sample, in_first + in_count),
    revision = new_revision,
    settled = false,
    seen_at = clock_timestamp()
    WHERE s.id = in_session;
  outcome := 'stored';
END
$$;

-- Several chunks in one transaction, in the order given: whoever calls it sorts them by session, so that two
-- calls never wait for each other's locks in turn. Each chunk is stored under its own organisation.
CREATE FUNCTION store_chunks(
  in_org uuid[], in_session uuid[], in_seq integer[], in_first bigint[], in_count integer[],
  in_max_seconds real, in_sha256 bytea[], in_media_type text[], in_audio bytea[]
)
RETURNS TABLE (outcome text, contiguous integer, new_revision bigint)
LANGUAGE plpgsql
AS $$
BEGIN
  FOR n IN 1 .. cardinality(in_seq) LOOP
    SELECT s.outcome, s.contiguous, s.new_revision INTO outcome, contiguous, new_revision
      FROM store_chunk(in_org[n], in_session[n], in_seq[n], in_first[n], in_count[n],
                       in_max_seconds, in_sha256[n], in_media_type[n], in_audio[n]) s;
    RETURN NEXT;
  END LOOP;
END
$$;

-- What looks across organisations. Each function hands out ids and counters, nothing of a record.

GRANT SELECT (id, org_id, email, password_hash, disabled_at) ON users TO hearken_scout;
GRANT SELECT (id, org_id, revision, planned_revision, plan_due_at, seen_at, state, settled) ON sessions TO hearken_scout;
GRANT SELECT (org_id, session_id, id, kind, planned, waits_for_language, state, priority, due_at, attempt, tries, lease_until)
  ON windows TO hearken_scout;
GRANT UPDATE (state, attempt, tries, lease_until, worker) ON windows TO hearken_scout;
CREATE POLICY scout ON users FOR SELECT TO hearken_scout USING (true);
CREATE POLICY scout ON sessions FOR SELECT TO hearken_scout USING (true);
CREATE POLICY scout ON windows TO hearken_scout USING (true) WITH CHECK (true);

CREATE FUNCTION find_login(in_email text)
RETURNS TABLE (org_id uuid, user_id uuid, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT u.org_id, u.id, u.password_hash FROM users u WHERE u.email = in_email AND u.disabled_at IS NULL
$$;

CREATE FUNCTION any_account() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM users) $$;

-- The most urgent window that is due or whose lease has run out, claimed in the same statement.
CREATE FUNCTION claim_window(in_worker text, in_lease interval, in_kinds text[])
RETURNS TABLE (org_id uuid, session_id uuid, window_id uuid, attempt integer, tries integer)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE windows w
    SET state = 'running', attempt = w.attempt + 1, tries = w.tries + 1, worker = in_worker, lease_until = clock_timestamp() + in_lease
    WHERE (w.org_id, w.session_id, w.id) = (
      SELECT d.org_id, d.session_id, d.id FROM windows d
        WHERE d.planned AND NOT d.waits_for_language AND d.kind = ANY (in_kinds)
          AND ((d.state = 'pending' AND d.due_at <= clock_timestamp())
            OR (d.state = 'running' AND d.lease_until < clock_timestamp()))
        ORDER BY d.priority, d.due_at
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING w.org_id, w.session_id, w.id, w.attempt, w.tries
$$;

CREATE FUNCTION due_windows() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT count(*) FROM (
    SELECT FROM windows d
      WHERE d.planned AND NOT d.waits_for_language
        AND ((d.state = 'pending' AND d.due_at <= clock_timestamp())
          OR (d.state = 'running' AND d.lease_until < clock_timestamp()))
      LIMIT 100) due
$$;

-- Sessions that planning must look at: chunks it has not seen, a wait that has ended, a
-- recorder that has gone silent.
CREATE FUNCTION due_sessions(in_interrupted interval, in_abandoned interval, in_limit integer)
RETURNS TABLE (org_id uuid, session_id uuid, revision bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT s.org_id, s.id, s.revision FROM sessions s
    WHERE NOT s.settled AND (
      s.revision > s.planned_revision
      OR s.plan_due_at <= clock_timestamp()
      OR (s.state = 'recording' AND s.seen_at < clock_timestamp() - in_interrupted)
      OR (s.state IN ('recording', 'paused', 'interrupted') AND s.seen_at < clock_timestamp() - in_abandoned))
    ORDER BY s.seen_at LIMIT in_limit
$$;

DO $$
DECLARE
  named text;
BEGIN
  EXECUTE format('GRANT hearken_scout TO %I', current_user);
  GRANT CREATE ON SCHEMA public TO hearken_scout;
  FOREACH named IN ARRAY ARRAY[
    'find_login(text)', 'any_account()', 'claim_window(text, interval, text[])', 'due_windows()',
    'due_sessions(interval, interval, integer)'
  ] LOOP
    EXECUTE 'ALTER FUNCTION ' || named || ' OWNER TO hearken_scout';
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || named || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || named || ' TO hearken_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM hearken_scout;
END
$$;
