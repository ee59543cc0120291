-- Notes: people's versions of what was written, templates of an organisation, answers that were paid for and what they
-- cost.

ALTER TABLE sessions ADD COLUMN note_template text;  -- NULL: the one that everybody starts with
ALTER TABLE workers ADD COLUMN note_writer text NOT NULL DEFAULT '';

-- A person's version of a session's notes. None is ever changed: an edit makes the next revision, and signing only
-- adds who signed, once.
CREATE TABLE note_revisions (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  revision integer NOT NULL CHECK (revision >= 1),
  generation integer NOT NULL,                  -- of the written notes that it comes from
  edited_by uuid,                               -- NULL: signed as they were written
  edited_at timestamptz,
  signed_by uuid,
  signed_at timestamptz,
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id, revision),
  CHECK ((signed_by IS NULL) = (signed_at IS NULL)),
  CHECK ((edited_by IS NULL) = (edited_at IS NULL)),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE,
  FOREIGN KEY (org_id, edited_by) REFERENCES users (org_id, id),
  FOREIGN KEY (org_id, signed_by) REFERENCES users (org_id, id)
);

-- Templates that an organisation made. They hold nothing of a session.
CREATE TABLE note_templates (
  org_id uuid NOT NULL REFERENCES organisations (id),
  id text NOT NULL CHECK (id ~ '^[a-z][a-z0-9_]{0,31}$'),
  version integer NOT NULL CHECK (version >= 1),
  body jsonb NOT NULL,                          -- name and sections
  edited_by uuid NOT NULL,
  edited_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, edited_by) REFERENCES users (org_id, id)
);

-- What a model answered, under a keyed digest of what it was asked: the same question is not asked twice.
CREATE TABLE note_answers (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  digest bytea NOT NULL,
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id, digest),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);

-- What a session's notes have taken at a provider, tries that came to nothing included.
CREATE TABLE note_spending (
  org_id uuid NOT NULL,
  session_id uuid PRIMARY KEY,
  tokens bigint NOT NULL,                       -- read and written, as the provider counts them
  cost double precision,                        -- US dollars; NULL once a price was not known
  uncounted integer NOT NULL,                   -- answers of which the provider did not say what they took
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);

DO $$
DECLARE
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['note_revisions', 'note_templates', 'note_answers', 'note_spending'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', named);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY organisation ON %I USING (org_id = current_organisation())', named);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hearken_app', named);
  END LOOP;
END
$$;
REVOKE UPDATE, DELETE ON note_revisions FROM hearken_app;
GRANT UPDATE (signed_by, signed_at) ON note_revisions TO hearken_app;
REVOKE UPDATE ON note_answers FROM hearken_app;

-- What was signed stays signed by whom it was.
CREATE FUNCTION signed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.signed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a signed version is not changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER signed_once BEFORE UPDATE ON note_revisions FOR EACH ROW EXECUTE FUNCTION signed_once();
