-- Search: passages of what was said, found by their words and by their meaning, exactly and inside one organisation.
--
-- No plain word is stored. What a passage means is stored as a vector, which must be plain for its distance from
-- another to be computed: whoever reads it can guess what the passage is about.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE passages (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,                      -- counts from 0, in the order of the session
  start_ms bigint NOT NULL,
  end_ms bigint NOT NULL,
  speaker bytea,                                -- blind index of the speaker's name
  words tsvector NOT NULL,                      -- keyed digests of the words, at their places
  body bytea NOT NULL,                          -- sealed: text, segments, speaker
  PRIMARY KEY (session_id, number),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
-- Digests are made with the organisation's key, so that no two organisations have one in common. Without a list of
-- pending entries no search pays for what was indexed before it.
CREATE INDEX passages_words ON passages USING gin (words) WITH (fastupdate = off);

-- Every vector of an organisation is compared: an index of nearest neighbours would leave some out, the more the
-- smaller the organisation is, and would tell of other organisations' vectors. So what is read for one question is kept
-- small and together: nothing but vectors, hashed by organisation, the vectors of a session side by side.
CREATE TABLE passage_vectors (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  number integer NOT NULL,                      -- of the passage
  speaker bytea,                                -- as in passages
  model text NOT NULL,                          -- vectors of different ones do not compare
  dimension smallint NOT NULL,
  embedding vector NOT NULL CHECK (vector_dims(embedding) = dimension),
  PRIMARY KEY (org_id, session_id, number),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
) PARTITION BY HASH (org_id);

DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format('CREATE TABLE passage_vectors_%s PARTITION OF passage_vectors FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
                   part, part);
    -- Starting helpers takes longer than a clinic's vectors do.
    EXECUTE format('ALTER TABLE passage_vectors_%s SET (parallel_workers = 0)', part);
    EXECUTE format('ALTER TABLE passage_vectors_%s ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE passage_vectors_%s FORCE ROW LEVEL SECURITY', part);
  END LOOP;
END
$$;

-- The sessions that are indexed, and by which embedder; NULL: by none, their passages are found by words alone.
-- Sessions that were there before search have a row with the name of no embedder, so that those never indexed are found
-- as those of another embedder are, without a look at every session.
CREATE TABLE indexings (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL PRIMARY KEY,
  model text,
  indexed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
CREATE INDEX indexings_model ON indexings (model, indexed_at);
ALTER TABLE sessions NO FORCE ROW LEVEL SECURITY;
INSERT INTO indexings (org_id, session_id, model) SELECT org_id, id, '' FROM sessions;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;

-- What nodes, which have no models, ask of workers. A row lives for as long as somebody waits for its answer. Lost in
-- a crash, as is whoever waited.
CREATE UNLOGGED TABLE questions (
  org_id uuid NOT NULL,
  id uuid NOT NULL PRIMARY KEY,
  session_id uuid,                              -- that is asked; NULL: only the question's vector is wanted
  body bytea NOT NULL,                          -- sealed under the organisation's key, as is the answer
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  taken_at timestamptz,
  answer bytea,
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
CREATE INDEX questions_untaken ON questions (asked_at) WHERE taken_at IS NULL;

DO $$
DECLARE
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['passages', 'passage_vectors', 'indexings', 'questions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', named);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY organisation ON %I USING (org_id = current_organisation())', named);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hearken_app', named);
  END LOOP;
END
$$;
REVOKE UPDATE ON passages, passage_vectors FROM hearken_app;

-- What needs rights that the application has not. The first would be a plain query, but under a policy Postgres uses no
-- text index: whether words match might tell something of rows that the policy hides.

GRANT SELECT (org_id, session_id, number, speaker, words) ON passages TO hearken_scout;
GRANT SELECT (org_id, session_id, model, indexed_at) ON indexings TO hearken_scout;
GRANT SELECT (patient, created_at) ON sessions TO hearken_scout;
GRANT SELECT (org_id, id, asked_at, taken_at), UPDATE (taken_at), DELETE ON questions TO hearken_scout;
CREATE POLICY scout ON passages FOR SELECT TO hearken_scout USING (true);
CREATE POLICY scout ON indexings FOR SELECT TO hearken_scout USING (true);
CREATE POLICY scout ON questions TO hearken_scout USING (true) WITH CHECK (true);

-- Passages of the present organisation with any of the words, best first: how many of them it has and how often, then,
-- where it has all, how close together they are. That is computed for these alone, since it costs ten times the rest
-- and is 0 for others. Narrowed to one session, to a speaker, or to sessions of a patient and of a time, in_until not
-- included; NULL: not in this way.
CREATE FUNCTION find_passages(
  in_any tsquery, in_all tsquery, in_session uuid, in_speaker bytea, in_patient bytea, in_since timestamptz,
  in_until timestamptz, in_limit integer
)
RETURNS TABLE (session_id uuid, number integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT p.session_id, p.number FROM passages p
    WHERE p.org_id = current_organisation() AND p.words @@ in_any
      AND (in_session IS NULL OR p.session_id = in_session)
      AND (in_speaker IS NULL OR p.speaker = in_speaker)
      AND ((in_patient IS NULL AND in_since IS NULL AND in_until IS NULL) OR EXISTS (
        SELECT FROM sessions s WHERE s.id = p.session_id
          AND (in_patient IS NULL OR s.patient = in_patient)
          AND (in_since IS NULL OR s.created_at >= in_since) AND (in_until IS NULL OR s.created_at < in_until)))
    ORDER BY ts_rank(p.words, in_any) + CASE WHEN p.words @@ in_all THEN ts_rank_cd(p.words, in_all) ELSE 0 END DESC,
      p.session_id, p.number
    LIMIT in_limit
$$;

-- A question on its way, each step in one statement and so in one round trip: whoever searches waits for all of them.
-- Row level security holds in these as in any statement of the application.
CREATE FUNCTION ask_question(in_org uuid, in_id uuid, in_session uuid, in_body bytea, in_channel text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('hearken.organisation', in_org::text, true);
  INSERT INTO questions (org_id, id, session_id, body) VALUES (in_org, in_id, in_session, in_body);
  PERFORM pg_notify(in_channel, '');
END
$$;

CREATE FUNCTION read_question(in_org uuid, in_id uuid, OUT session_id uuid, OUT body bytea)
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('hearken.organisation', in_org::text, true);
  SELECT q.session_id, q.body INTO session_id, body FROM questions q WHERE q.id = in_id;
END
$$;

CREATE FUNCTION answer_question(in_org uuid, in_id uuid, in_answer bytea, in_channel text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('hearken.organisation', in_org::text, true);
  UPDATE questions SET answer = in_answer WHERE id = in_id;
  PERFORM pg_notify(in_channel, in_id::text);
END
$$;

CREATE FUNCTION take_answer(in_org uuid, in_id uuid, OUT answer bytea)
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('hearken.organisation', in_org::text, true);
  DELETE FROM questions q WHERE q.id = in_id RETURNING q.answer INTO answer;
END
$$;

-- The oldest question that nobody has taken and somebody still waits for, taken in the same statement.
CREATE FUNCTION claim_question(in_life interval)
RETURNS TABLE (org_id uuid, question_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE questions q SET taken_at = clock_timestamp()
    WHERE q.id = (
      SELECT d.id FROM questions d
        WHERE d.taken_at IS NULL AND d.asked_at > clock_timestamp() - in_life
        ORDER BY d.asked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING q.org_id, q.id
$$;

CREATE FUNCTION sweep_questions(in_life interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH swept AS (DELETE FROM questions q WHERE q.asked_at < clock_timestamp() - in_life RETURNING q.id)
  SELECT count(*) FROM swept
$$;

-- Sessions that are ready and whose passages are of another model than this or of none, or whose step was given up; not
-- those for which the step waits or is under way. What was given up, or made without a model, is left alone for
-- ``in_rest``: what hindered it then is likely to hinder it still. Workers look every half minute, so only what is stale
-- is read: by the index, whatever the statistics say, and no more of it than is asked for.
CREATE FUNCTION stale_indexings(in_model text, in_rest interval, in_limit integer)
RETURNS TABLE (org_id uuid, session_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
  SELECT i.org_id, i.session_id FROM (
      SELECT f.org_id, f.session_id FROM steps f
        WHERE f.step = 'index' AND f.state = 'failed' AND f.finished_at < now() - in_rest
      UNION ALL SELECT m.org_id, m.session_id FROM (
          SELECT o.org_id, o.session_id FROM indexings o WHERE o.model < in_model
          UNION ALL SELECT o.org_id, o.session_id FROM indexings o WHERE o.model > in_model
          UNION ALL SELECT o.org_id, o.session_id FROM indexings o
            WHERE o.model IS NULL AND o.indexed_at < now() - in_rest
        ) m
        WHERE coalesce((SELECT t.state FROM steps t WHERE t.session_id = m.session_id AND t.step = 'index'), 'done')
          NOT IN ('pending', 'running', 'failed')
    ) i
    WHERE (SELECT s.state FROM sessions s WHERE s.id = i.session_id) = 'ready'
    LIMIT in_limit
$$;

DO $$
DECLARE
  named text;
BEGIN
  GRANT CREATE ON SCHEMA public TO hearken_scout;
  FOREACH named IN ARRAY ARRAY[
    'find_passages(tsquery, tsquery, uuid, bytea, bytea, timestamptz, timestamptz, integer)',
    'claim_question(interval)', 'sweep_questions(interval)', 'stale_indexings(text, interval, integer)'
  ] LOOP
    EXECUTE 'ALTER FUNCTION ' || named || ' OWNER TO hearken_scout';
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || named || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || named || ' TO hearken_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM hearken_scout;
END
$$;
