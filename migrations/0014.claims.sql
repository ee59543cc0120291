-- The window of each kind that is wanted first is found in an index, however many wait. Pending ones and those that are
-- being heard stand in it together: where a lease has run out, the window is due again in its old place.
DROP INDEX windows_wanted;
CREATE INDEX windows_wanted ON windows (kind, wanted_at) WHERE planned AND state IN ('pending', 'running');

DROP FUNCTION claim_window(text, interval, text[]);
CREATE FUNCTION claim_window(in_worker text, in_lease interval, in_kinds text[])
RETURNS TABLE (org_id uuid, session_id uuid, window_id uuid, attempt integer, tries integer, urgency smallint,
               wanted_s double precision)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE windows w
    SET state = 'running', attempt = w.attempt + 1, tries = w.tries + 1, worker = in_worker, lease_until = clock_timestamp() + in_lease
    WHERE (w.org_id, w.session_id, w.id) = (
      SELECT first.org_id, first.session_id, first.id
        FROM unnest(in_kinds) AS wanted (kind)
        CROSS JOIN LATERAL (
          SELECT d.org_id, d.session_id, d.id, d.wanted_at FROM windows d
            WHERE d.kind = wanted.kind AND d.planned AND d.state IN ('pending', 'running') AND NOT d.waits_for_language
              AND CASE d.state WHEN 'pending' THEN d.due_at ELSE d.lease_until END < clock_timestamp()
            ORDER BY d.wanted_at
            LIMIT 1 FOR UPDATE SKIP LOCKED) first
        ORDER BY first.wanted_at
        LIMIT 1)
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
