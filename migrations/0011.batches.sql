-- Windows are taken by when they are wanted. A session that hands over more at once than people can say in the time is
-- ahead of it: its windows are wanted one after another, as they would have been spoken, so that they do not keep the
-- windows of others waiting. The time of the migration stands for all that are there: one for each would have the whole
-- table written anew, with everybody kept out.
ALTER TABLE windows ADD COLUMN wanted_at timestamptz NOT NULL DEFAULT now();

DROP INDEX windows_due;
CREATE INDEX windows_wanted ON windows (wanted_at) WHERE planned AND state = 'pending';
CREATE INDEX windows_pending ON windows (session_id, wanted_at) WHERE planned AND state = 'pending';

GRANT SELECT (wanted_at) ON windows TO hearken_scout;

-- The window that is wanted first of those that are due or whose lease has run out, claimed in the same statement.
DROP FUNCTION claim_window(text, interval, text[]);
CREATE FUNCTION claim_window(in_worker text, in_lease interval, in_kinds text[])
RETURNS TABLE (org_id uuid, session_id uuid, window_id uuid, attempt integer, tries integer, urgency smallint,
               wanted_s double precision)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE windows w
    SET state = 'running', attempt = w.attempt + 1, tries = w.tries + 1, worker = in_worker, lease_until = clock_timestamp() + in_lease
    WHERE (w.org_id, w.session_id, w.id) = (
      SELECT d.org_id, d.session_id, d.id FROM windows d
        WHERE d.planned AND NOT d.waits_for_language AND d.kind = ANY (in_kinds)
          AND ((d.state = 'pending' AND d.due_at <= clock_timestamp())
            OR (d.state = 'running' AND d.lease_until < clock_timestamp()))
        ORDER BY d.wanted_at
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING w.org_id, w.session_id, w.id, w.attempt, w.tries, w.priority, extract(epoch FROM w.wanted_at)::float8
$$;

DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO hearken_scout;
  ALTER FUNCTION claim_window(text, interval, text[]) OWNER TO hearken_scout;
  REVOKE EXECUTE ON FUNCTION claim_window(text, interval, text[]) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION claim_window(text, interval, text[]) TO hearken_app;
  REVOKE CREATE ON SCHEMA public FROM hearken_scout;
END
$$;
