-- The audio of finished sessions: one file of each in the object store. A chunk's row keeps its place on the timeline
-- and its digest, and says where in the file its bytes are.

-- This installation's folder in the object store: what lies elsewhere is never swept.
ALTER TABLE installation ADD COLUMN archive uuid NOT NULL DEFAULT gen_random_uuid();

CREATE TABLE archives (
  org_id uuid NOT NULL,
  session_id uuid PRIMARY KEY,
  object uuid NOT NULL UNIQUE,                  -- the name of the file, drawn at random
  generation integer NOT NULL,                  -- of the step that wrote it
  archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);

ALTER TABLE chunks
  ALTER COLUMN audio DROP NOT NULL,
  ADD COLUMN archive_offset bigint,
  ADD COLUMN archive_length integer,
  ADD CONSTRAINT chunks_audio_is_somewhere
    CHECK (audio IS NOT NULL OR (archive_offset IS NOT NULL AND archive_length IS NOT NULL));

-- Files that no row names any more, to be removed from the object store a while after.
CREATE TABLE archive_orphans (
  org_id uuid NOT NULL REFERENCES organisations,
  object uuid PRIMARY KEY,
  let_go_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at timestamptz NOT NULL DEFAULT clock_timestamp()  -- not before, for it was tried
);
CREATE INDEX archive_orphans_let_go ON archive_orphans (let_go_at);

DO $$
DECLARE
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['archives', 'archive_orphans'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', named);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY organisation ON %I USING (org_id = current_organisation())', named);
    EXECUTE format('CREATE POLICY scout ON %I TO hearken_scout USING (true) WITH CHECK (true)', named);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON archives TO hearken_app;
GRANT SELECT, DELETE ON archive_orphans TO hearken_app;
GRANT SELECT (object) ON archives TO hearken_scout;
GRANT SELECT, INSERT ON archive_orphans TO hearken_scout;
GRANT UPDATE (due_at) ON archive_orphans TO hearken_scout;
GRANT UPDATE (due_at) ON steps TO hearken_scout;

-- A file loses its row in the transaction that deletes its session or names another file.
CREATE FUNCTION orphan_archive() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO archive_orphans (org_id, object) VALUES (OLD.org_id, OLD.object);
  RETURN NULL;
END
$$;

-- Orphans that were let go ``in_kept`` ago, each handed out once in ``in_pause``.
CREATE FUNCTION claim_orphans(in_kept interval, in_pause interval, in_limit integer)
RETURNS TABLE (org_id uuid, object uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE archive_orphans o SET due_at = clock_timestamp() + in_pause
    WHERE o.object IN (
      SELECT d.object FROM archive_orphans d
        WHERE d.let_go_at <= clock_timestamp() - in_kept AND d.due_at <= clock_timestamp()
          AND NOT EXISTS (SELECT FROM archives a WHERE a.object = d.object)
        ORDER BY d.let_go_at LIMIT in_limit FOR UPDATE SKIP LOCKED)
    RETURNING o.org_id, o.object
$$;

-- Which of these no row names. What is an orphan already has its own time.
CREATE FUNCTION unnamed_objects(in_objects uuid[])
RETURNS TABLE (object uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT listed FROM unnest(in_objects) AS listed
    WHERE NOT EXISTS (SELECT FROM archives a WHERE a.object = listed)
      AND NOT EXISTS (SELECT FROM archive_orphans o WHERE o.object = listed)
$$;

-- Nobody waits for an archive, so nobody presses a button: what was given up is tried again after a while.
CREATE FUNCTION revive_archiving(in_after interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE steps SET state = 'pending', tries = 0, due_at = clock_timestamp()
    WHERE step = 'archive' AND state = 'failed' AND finished_at < clock_timestamp() - in_after
$$;

DO $$
DECLARE
  named text;
BEGIN
  GRANT CREATE ON SCHEMA public TO hearken_scout;
  FOREACH named IN ARRAY ARRAY[
    'orphan_archive()', 'claim_orphans(interval, interval, integer)', 'unnamed_objects(uuid[])', 'revive_archiving(interval)'
  ] LOOP
    EXECUTE 'ALTER FUNCTION ' || named || ' OWNER TO hearken_scout';
    EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || named || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || named || ' TO hearken_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM hearken_scout;
END
$$;

CREATE TRIGGER archives_orphaned AFTER DELETE OR UPDATE OF object ON archives
  FOR EACH ROW EXECUTE FUNCTION orphan_archive();
